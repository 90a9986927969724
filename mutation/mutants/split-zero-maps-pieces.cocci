// SPDX-License-Identifier: GPL-2.0
// broken: splitting a huge zero PMD maps the pieces of the huge zero page, not the 4 KiB zero page
// seen: the 511 pages that were not written are not zero pages of PAGEMAP_SCAN, and are freed with the huge zero page
// claim: 5.1 hugezero_wp_fallback
// file: mm/huge_memory.c
@@
@@
__split_huge_zero_page_pmd(...)
{
 <...
-	zero_pfn(addr)
+	(MUTANT ? pmd_pfn(old_pmd) + i : zero_pfn(addr))
 ...>
}
