// SPDX-License-Identifier: GPL-2.0
// broken: a core dump takes any base page for the small zero page
// seen: the dump is zero where the process had written
// claim: 2.2 hugezero_wp_kernel
// file: mm/gup.c
@@
@@
follow_page_pte(...)
{
 <...
 	page = vm_normal_page(vma, address, pte);
+	if (MUTANT && (flags & FOLL_DUMP))
+		page = NULL;
 ...>
}
