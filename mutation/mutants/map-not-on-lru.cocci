// SPDX-License-Identifier: GPL-2.0
// broken: the THP is not put on the LRU
// seen: kpageflags lack LRU; it can neither be reclaimed nor migrated
// claim: 1.8 hugezero_wp_account
// file: mm/huge_memory.c
@@
@@
map_anon_folio_pmd_nopf(...)
{
 <...
+	if (!MUTANT)
 	folio_add_lru_vma(...);
 ...>
}
