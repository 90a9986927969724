// SPDX-License-Identifier: GPL-2.0
// broken: the shrinker of the huge zero page says that there is nothing to free
// seen: after drop_caches with nobody mapping it, the zero page is still there
// claim: 3.7 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
@@
shrink_huge_zero_folio_count(...)
{
+	if (MUTANT)
+		return 0;
	...
}
