// SPDX-License-Identifier: GPL-2.0
// broken: UFFDIO_MOVE takes the huge zero page for a THP that others share
// seen: EBUSY
// claim: 3.3 hugezero_wp_track
// file: mm/huge_memory.c
@@
expression E;
@@
move_pages_huge_pmd(...)
{
 <...
-	!is_huge_zero_pmd(E)
+	(MUTANT || !is_huge_zero_pmd(E))
 ...>
}
