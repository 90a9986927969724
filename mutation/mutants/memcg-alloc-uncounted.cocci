// SPDX-License-Identifier: GPL-2.0
// broken: a THP is not counted in the memcg's thp_fault_alloc
// seen: memory.stat thp_fault_alloc +0 for a store that installed a THP
// claim: 1.7 hugezero_wp_account
// file: mm/huge_memory.c
@@
@@
map_anon_folio_pmd_pf(...)
{
 <...
+	if (!MUTANT)
 	count_memcg_event_mm(...);
 ...>
}
