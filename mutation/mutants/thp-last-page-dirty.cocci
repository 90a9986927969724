// SPDX-License-Identifier: GPL-2.0
// broken: the last page of the THP is not zeroed
// seen: the last 4 KiB of the range are not 0 after the write
// claim: 1.5 hugezero_wp
// file: mm/huge_memory.c
@@
@@
vma_alloc_anon_folio_pmd(...)
{
 <...
 	folio_zero_user(...);
+	if (MUTANT)
+		memset(page_address(folio_page(folio, HPAGE_PMD_NR - 1)), 0x5a, PAGE_SIZE);
 ...>
}
