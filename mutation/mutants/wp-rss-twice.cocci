// SPDX-License-Identifier: GPL-2.0
// broken: the THP of a write fault is added to MM_ANONPAGES twice
// seen: RssAnon +4096 kB for 2048 kB, and "Bad rss-counter" when the process exits
// claim: 1.6 hugezero_wp_account
// file: mm/huge_memory.c
@@
@@
map_anon_folio_pmd_pf(...)
{
 <...
 	map_anon_folio_pmd_nopf(...);
+	if (MUTANT)
+		add_mm_counter(vma->vm_mm, MM_ANONPAGES, HPAGE_PMD_NR);
 ...>
}
