// SPDX-License-Identifier: GPL-2.0
// broken: a huge zero PMD is added to MM_ANONPAGES
// seen: RssAnon +2048 kB at the read; "Bad rss-counter" when the process exits
// claim: 1.1 hugezero_wp
// file: mm/huge_memory.c
@@
@@
set_huge_zero_folio(...)
{
 <...
 	pgtable_trans_huge_deposit(...);
+	if (MUTANT)
+		add_mm_counter(mm, MM_ANONPAGES, HPAGE_PMD_NR);
 ...>
}
