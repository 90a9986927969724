// SPDX-License-Identifier: GPL-2.0
// broken: UFFDIO_MOVE splits a huge zero PMD before it moves it
// seen: at the new place there are 512 zero pages
// claim: 3.3 hugezero_wp_track
// file: mm/userfaultfd.c
@@
expression E1, E2, E3;
@@
move_pages(...)
{
 <...
-	move_splits_huge_pmd(E1, E2, E3)
+	(MUTANT || move_splits_huge_pmd(E1, E2, E3))
 ...>
}
