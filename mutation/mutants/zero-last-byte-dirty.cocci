// SPDX-License-Identifier: GPL-2.0
// broken: the last byte of the huge zero page is not 0
// seen: one byte of a range that was only read is not 0
// claim: 1.1 hugezero_wp
// file: mm/huge_memory.c
@@
@@
alloc_huge_zero_folio(...)
{
 <...
 	folio_clear_large_rmappable(zero_folio);
+	if (MUTANT)
+		memset(page_address(folio_page(zero_folio, HPAGE_PMD_NR - 1)) + PAGE_SIZE - 1, 1, 1);
 ...>
}
