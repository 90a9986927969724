// SPDX-License-Identifier: GPL-2.0
// broken: fork does not add a THP to the child's MM_ANONPAGES
// seen: RssAnon of the child +0 kB; "Bad rss-counter" when it exits
// claim: 3.2 hugezero_wp_life
// file: mm/huge_memory.c
@@
@@
copy_huge_pmd(...)
{
 <...
+	if (!MUTANT)
 	add_mm_counter(dst_mm, MM_ANONPAGES, HPAGE_PMD_NR);
 ...>
}
