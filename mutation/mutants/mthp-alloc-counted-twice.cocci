// SPDX-License-Identifier: GPL-2.0
// broken: a THP is counted twice as anon_fault_alloc of its size
// seen: hugepages-*/stats/anon_fault_alloc +2 for one store
// claim: 1.7 hugezero_wp_account
// file: mm/huge_memory.c
@@
@@
map_anon_folio_pmd_pf(...)
{
 <...
 	map_anon_folio_pmd_nopf(...);
+	if (MUTANT)
+		count_mthp_stat(HPAGE_PMD_ORDER, MTHP_STAT_ANON_FAULT_ALLOC);
 ...>
}
