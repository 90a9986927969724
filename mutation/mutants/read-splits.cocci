// SPDX-License-Identifier: GPL-2.0
// broken: a read fault falls back to base pages
// seen: a read maps one 4 KiB zero page where it could map 2 MiB
// claim: 1.1 hugezero_wp
// file: mm/huge_memory.c
@@
@@
do_huge_pmd_anonymous_page(...)
{
 <...
 	khugepaged_enter_vma(...);
+	if (MUTANT && !(vmf->flags & FAULT_FLAG_WRITE))
+		return VM_FAULT_FALLBACK;
 ...>
}
