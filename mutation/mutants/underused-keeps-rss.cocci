// SPDX-License-Identifier: GPL-2.0
// broken: pages of an underused THP that became zero pages stay in the RSS
// seen: RssAnon does not fall with the split; "Bad rss-counter" when the process exits
// claim: 3.9 hugezero_wp_reclaim
// file: mm/migrate.c
@@
@@
try_to_map_unused_to_zeropage(...)
{
 <...
+	if (!MUTANT)
 	dec_mm_counter(...);
 ...>
}
