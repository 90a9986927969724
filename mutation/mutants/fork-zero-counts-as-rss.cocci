// SPDX-License-Identifier: GPL-2.0
// broken: fork adds a huge zero PMD to the child's MM_ANONPAGES, as it has to for a THP
// seen: RssAnon of the child +2048 kB; "Bad rss-counter" when it exits
// claim: 3.1 hugezero_wp_life
// file: mm/huge_memory.c
@@
@@
copy_huge_pmd(...)
{
 <...
 	mm_get_huge_zero_folio(dst_mm);
+	if (MUTANT)
+		add_mm_counter(dst_mm, MM_ANONPAGES, HPAGE_PMD_NR);
 ...>
}
