// SPDX-License-Identifier: GPL-2.0
// broken: the huge zero page is not zeroed when it is allocated
// seen: ranges that were never written read as old data, where the memory was dirty before
// claim: 3.7 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
expression E;
@@
alloc_huge_zero_folio(...)
{
 <...
-	folio_alloc(E, HPAGE_PMD_ORDER)
+	folio_alloc(MUTANT ? (E) & ~__GFP_ZERO : (E), HPAGE_PMD_ORDER)
 ...>
}
