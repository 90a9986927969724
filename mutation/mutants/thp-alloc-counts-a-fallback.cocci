// SPDX-License-Identifier: GPL-2.0
// broken: a THP is counted as thp_fault_fallback, too
// seen: thp_fault_fallback +1 for a store that got its THP
// claim: 1.7 hugezero_wp_account
// file: mm/huge_memory.c
@@
@@
map_anon_folio_pmd_pf(...)
{
 <...
 	map_anon_folio_pmd_nopf(...);
+	if (MUTANT)
+		count_vm_event(THP_FAULT_FALLBACK);
 ...>
}
