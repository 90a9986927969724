// SPDX-License-Identifier: GPL-2.0
// broken: a read fault does not look whether somebody was first
// seen: a byte written by another thread turns back to 0, and its THP leaks
// claim: 6.4 hugezero_wp_race
// file: mm/huge_memory.c
// race: 5
@@
@@
do_huge_pmd_anonymous_page(...)
{
 <...
-	pmd_none(*vmf->pmd)
+	(MUTANT || pmd_none(*vmf->pmd))
 ...>
}
