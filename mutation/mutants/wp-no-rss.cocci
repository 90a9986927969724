// SPDX-License-Identifier: GPL-2.0
// broken: the THP of a write fault is not added to MM_ANONPAGES
// seen: RssAnon +0 kB, and a negative count ("Bad rss-counter") when the process exits
// claim: 1.6 hugezero_wp_account
// file: mm/huge_memory.c
@@
@@
map_anon_folio_pmd_pf(...)
{
 <...
+	if (!MUTANT)
 	add_mm_counter(...);
 ...>
}
