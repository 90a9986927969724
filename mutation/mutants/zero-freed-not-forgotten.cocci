// SPDX-License-Identifier: GPL-2.0
// broken: the shrinker frees the huge zero page, but keeps the pointer to it
// seen: the next reader gets a page that belongs to somebody else
// claim: 3.7 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
@@
shrink_huge_zero_folio_scan(...)
{
 <...
+	if (!MUTANT)
 	WRITE_ONCE(huge_zero_folio, NULL);
 ...>
}
