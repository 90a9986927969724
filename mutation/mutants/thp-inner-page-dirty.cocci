// SPDX-License-Identifier: GPL-2.0
// broken: one page within the THP is not zeroed
// seen: 4 KiB far from what was written are not 0
// claim: 1.5 hugezero_wp
// file: mm/huge_memory.c
@@
@@
vma_alloc_anon_folio_pmd(...)
{
 <...
 	folio_zero_user(...);
+	if (MUTANT)
+		memset(page_address(folio_page(folio, HPAGE_PMD_NR / 2 + 44)), 0x5a, PAGE_SIZE);
 ...>
}
