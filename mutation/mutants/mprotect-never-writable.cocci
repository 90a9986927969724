// SPDX-License-Identifier: GPL-2.0
// broken: mprotect makes no THP writable again
// seen: after PROT_READ and back a store into a THP costs a fault
// claim: 3.4 hugezero_wp_map
// file: mm/huge_memory.c
@@
@@
can_change_pmd_writable(...)
{
 <...
 	page = vm_normal_page_pmd(...);
+	if (MUTANT)
+		return false;
 ...>
}
