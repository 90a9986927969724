// SPDX-License-Identifier: GPL-2.0
// broken: splitting a huge zero PMD adds the zero pages to MM_ANONPAGES
// seen: RssAnon +2048 kB at the split; "Bad rss-counter" when the process exits
// claim: 5.1 hugezero_wp_fallback
// file: mm/huge_memory.c
@@
@@
__split_huge_zero_page_pmd(...)
{
 <...
 	pgtable = pgtable_trans_huge_withdraw(...);
+	if (MUTANT)
+		add_mm_counter(mm, MM_ANONPAGES, HPAGE_PMD_NR);
 ...>
}
