// SPDX-License-Identifier: GPL-2.0
// broken: a write fault does not look whether the PMD changed before it took the lock
// seen: the THP of a thread that was first is replaced: its byte is lost, its THP leaks
// claim: 6.1 hugezero_wp_race
// file: mm/huge_memory.c
// race: 5
@@
expression E;
@@
do_huge_zero_wp_pmd(...)
{
 <...
-	pmd_same(E, vmf->orig_pmd)
+	(MUTANT || pmd_same(E, vmf->orig_pmd))
 ...>
}
