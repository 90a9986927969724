// SPDX-License-Identifier: GPL-2.0
// broken: the shrinker frees the huge zero page, but its number stays that of the zero page
// seen: a THP in the same memory is taken for the zero page: it is not copied at fork, and leaks
// claim: 3.7 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
expression E;
@@
shrink_huge_zero_folio_scan(...)
{
 <...
+	if (!MUTANT)
 	WRITE_ONCE(huge_zero_pfn, E);
 ...>
}
