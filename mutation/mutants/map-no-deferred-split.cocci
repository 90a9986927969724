// SPDX-License-Identifier: GPL-2.0
// broken: the THP is not queued for the shrinker of underused THPs (missing in early versions of this path)
// seen: under memory pressure a THP with one byte used stays whole
// claim: 3.9 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
@@
map_anon_folio_pmd_nopf(...)
{
 <...
+	if (!MUTANT)
 	deferred_split_folio(...);
 ...>
}
