// SPDX-License-Identifier: GPL-2.0
// broken: the very last byte of the THP is not zeroed
// seen: one byte of two million is not 0
// claim: 1.5 hugezero_wp
// file: mm/huge_memory.c
@@
@@
vma_alloc_anon_folio_pmd(...)
{
 <...
 	folio_zero_user(...);
+	if (MUTANT)
+		memset(page_address(folio_page(folio, HPAGE_PMD_NR - 1)) + PAGE_SIZE - 1, 1, 1);
 ...>
}
