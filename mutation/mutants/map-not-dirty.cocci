// SPDX-License-Identifier: GPL-2.0
// broken: the THP is mapped without the dirty bit
// seen: a range written after clear_refs is not soft-dirty: pmd_mkdirty() sets both bits
// claim: 4.4 hugezero_wp_track
// file: mm/huge_memory.c
@@
@@
map_anon_folio_pmd_nopf(...)
{
 <...
-	pmd_mkdirty(entry)
+	(MUTANT ? entry : pmd_mkdirty(entry))
 ...>
}
