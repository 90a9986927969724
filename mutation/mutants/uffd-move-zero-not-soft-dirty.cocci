// SPDX-License-Identifier: GPL-2.0
// broken: UFFDIO_MOVE does not mark a moved huge zero PMD as soft-dirty
// seen: after clear_refs and UFFDIO_MOVE the new place is not soft-dirty
// claim: 4.4 hugezero_wp_track
// file: mm/huge_memory.c
@@
@@
move_pages_huge_pmd(...)
{
 <...
-	move_soft_dirty_pmd(src_pmdval)
+	(MUTANT ? src_pmdval : move_soft_dirty_pmd(src_pmdval))
 ...>
}
