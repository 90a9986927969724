// SPDX-License-Identifier: GPL-2.0
// broken: a THP that reclaim gave up after MADV_FREE stays in the RSS
// seen: RssAnon does not fall; "Bad rss-counter" when the process exits
// claim: 3.6 hugezero_wp_reclaim
// unreachable: in 7.3 nobody calls unmap_huge_pmd_locked(), the only way to __discard_anon_folio_pmd_locked()
// file: mm/huge_memory.c
@@
@@
__discard_anon_folio_pmd_locked(...)
{
 <...
+	if (!MUTANT)
 	add_mm_counter(mm, MM_ANONPAGES, -HPAGE_PMD_NR);
 ...>
}
