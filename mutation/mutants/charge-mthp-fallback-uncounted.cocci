// SPDX-License-Identifier: GPL-2.0
// broken: a failed charge is not counted as anon_fault_fallback of its size
// seen: at the memcg's limit hugepages-*/stats/anon_fault_fallback +0
// claim: 5.1 hugezero_wp_fallback
// file: mm/huge_memory.c
@@
@@
vma_alloc_anon_folio_pmd(...)
{
 <...
 	if (mem_cgroup_charge(...)) {
 		...
+		if (!MUTANT)
 		count_mthp_stat(order, MTHP_STAT_ANON_FAULT_FALLBACK);
 		...
 		return NULL;
 	}
 ...>
}
