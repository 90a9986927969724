// SPDX-License-Identifier: GPL-2.0
// broken: fork leaves the parent's THP writable
// seen: the child sees what the parent writes after the fork
// claim: 3.2 hugezero_wp_life
// file: mm/huge_memory.c
@@
@@
copy_huge_pmd(...)
{
 <...
+	if (!MUTANT)
 	pmdp_set_wrprotect(...);
 ...>
}
