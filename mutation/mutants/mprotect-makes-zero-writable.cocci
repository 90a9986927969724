// SPDX-License-Identifier: GPL-2.0
// broken: mprotect takes every private PMD for one that may become writable
// seen: after PROT_READ and back the first store goes into the page that all processes share
// claim: 3.4 hugezero_wp_map
// file: mm/huge_memory.c
@@
@@
can_change_pmd_writable(...)
{
 <...
 	page = vm_normal_page_pmd(...);
+	if (MUTANT)
+		return true;
 ...>
}
