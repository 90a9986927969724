// SPDX-License-Identifier: GPL-2.0
// broken: mremap does not mark what it moved as soft-dirty
// seen: after clear_refs and mremap(2) the range at its new place is not soft-dirty
// claim: 4.4 hugezero_wp_track
// file: mm/huge_memory.c
@@
@@
move_huge_pmd(...)
{
 <...
-	move_soft_dirty_pmd(pmd)
+	(MUTANT ? pmd : move_soft_dirty_pmd(pmd))
 ...>
}
