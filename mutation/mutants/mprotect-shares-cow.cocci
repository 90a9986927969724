// SPDX-License-Identifier: GPL-2.0
// broken: mprotect makes a THP writable that parent and child share
// seen: after fork and mprotect(2) parent and child see each other's bytes
// claim: 3.4 hugezero_wp_map
// file: mm/huge_memory.c
@@
@@
can_change_pmd_writable(...)
{
 <...
 	page = vm_normal_page_pmd(...);
+	if (MUTANT && page && PageAnon(page))
+		return true;
 ...>
}
