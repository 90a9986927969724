// SPDX-License-Identifier: GPL-2.0
// broken: unmapping a THP does not take it off the RSS
// seen: RssAnon does not fall at munmap or MADV_DONTNEED; "Bad rss-counter" when the process exits
// claim: 1.6 hugezero_wp_account
// file: mm/huge_memory.c
@@
@@
zap_huge_pmd_folio(...)
{
 <...
+	if (!MUTANT)
 	add_mm_counter(mm, MM_ANONPAGES, -HPAGE_PMD_NR);
 ...>
}
