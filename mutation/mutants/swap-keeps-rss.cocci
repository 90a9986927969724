// SPDX-License-Identifier: GPL-2.0
// broken: a page that goes to swap is not taken from RSS
// seen: RssAnon of a range that is in swap
// claim: 3.6 hugezero_wp_reclaim
// file: mm/rmap.c
@@
@@
ttu_anon_swapbacked_folio(...)
{
 <...
+	if (!MUTANT)
 	dec_mm_counter(mm, MM_ANONPAGES);
 ...>
}
