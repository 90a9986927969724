// SPDX-License-Identifier: GPL-2.0
// broken: the THP is mapped without the soft-dirty bit
// seen: a range written after clear_refs is not soft-dirty: a checkpoint would lose the write
// claim: 4.4 hugezero_wp_track
// file: mm/huge_memory.c
@@
@@
map_anon_folio_pmd_nopf(...)
{
 <...
 	entry = maybe_pmd_mkwrite(...);
+	if (MUTANT)
+		entry = pmd_clear_soft_dirty(entry);
 ...>
}
