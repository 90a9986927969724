// SPDX-License-Identifier: GPL-2.0
// broken: the shrinker forgets the huge zero page without freeing it
// seen: 2 MiB are lost each time that drop_caches finds nobody mapping it
// claim: 3.7 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
@@
shrink_huge_zero_folio_scan(...)
{
 <...
+	if (!MUTANT)
 	folio_put(zero_folio);
 ...>
}
