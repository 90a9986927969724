// SPDX-License-Identifier: GPL-2.0
// broken: a THP is counted as thp_split_pmd, too
// seen: thp_split_pmd +1 for a store that split nothing
// claim: 1.7 hugezero_wp_account
// file: mm/huge_memory.c
@@
@@
map_anon_folio_pmd_pf(...)
{
 <...
 	map_anon_folio_pmd_nopf(...);
+	if (MUTANT)
+		count_vm_event(THP_SPLIT_PMD);
 ...>
}
