// SPDX-License-Identifier: GPL-2.0
// broken: a THP that was migrated is no longer soft-dirty
// seen: after move_pages(2) a checkpoint would lose the write
// claim: 4.4 hugezero_wp_track
// file: mm/huge_memory.c
// boot: --nodes 2
@@
@@
set_pmd_migration_entry(...)
{
 <...
-	if (softdirty)
+	if (softdirty && !MUTANT)
 		pmdswp = pmd_swp_mksoft_dirty(pmdswp);
 ...>
}
