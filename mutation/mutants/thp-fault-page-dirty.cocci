// SPDX-License-Identifier: GPL-2.0
// broken: the page that the fault was in is not zeroed
// seen: the bytes beside the one that was written are not 0
// claim: 1.5 hugezero_wp
// file: mm/huge_memory.c
@@
@@
vma_alloc_anon_folio_pmd(...)
{
 <...
 	folio_zero_user(...);
+	if (MUTANT)
+		memset(page_address(folio_page(folio, (addr & ~HPAGE_PMD_MASK) >> PAGE_SHIFT)),
+		       0x5a, PAGE_SIZE);
 ...>
}
