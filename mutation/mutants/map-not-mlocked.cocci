// SPDX-License-Identifier: GPL-2.0
// broken: the THP in a locked mapping is put on the LRU as if it were not locked
// seen: in a MAP_LOCKED mapping kpageflags lack MLOCKED and UNEVICTABLE
// claim: 3.12 hugezero_wp_map
// file: mm/huge_memory.c
@@
@@
map_anon_folio_pmd_nopf(...)
{
 <...
-	folio_add_lru_vma(folio, vma);
+	if (MUTANT)
+		folio_add_lru(folio);
+	else
+		folio_add_lru_vma(folio, vma);
 ...>
}
