// SPDX-License-Identifier: GPL-2.0
// broken: a dirty THP that is split or moved is marked soft-dirty on the way, though it was clean of that
// seen: with the fix a THP that nobody wrote since clear_refs is as clean after a split or a move
// claim: 4.4 hugezero_wp_track
// bug: splitting or moving a THP marks it soft-dirty
// file: mm/huge_memory.c
@@
identifier entry, soft_dirty;
@@
__split_huge_pmd_locked(...)
{
 <...
-	if (soft_dirty)
-		entry = pte_mksoft_dirty(entry);
+	entry = soft_dirty ? pte_mksoft_dirty(entry) : pte_clear_soft_dirty(entry);
 ...>
}
@@
@@
remove_migration_pmd(...)
{
 <...
+	if (!pmd_swp_soft_dirty(*pvmw->pmd))
+		pmde = pmd_clear_soft_dirty(pmde);
 	if (folio_is_device_private(folio)) { ... }
 ...>
}
