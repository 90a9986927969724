// SPDX-License-Identifier: GPL-2.0
// broken: the THP is queued as if a part of it had been unmapped
// seen: thp_deferred_split_page +1; under memory pressure a THP in full use is split
// claim: 3.9 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
@@
map_anon_folio_pmd_nopf(...)
{
 <...
-	deferred_split_folio(folio, false);
+	deferred_split_folio(folio, MUTANT);
 ...>
}
