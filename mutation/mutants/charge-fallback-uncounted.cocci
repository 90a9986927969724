// SPDX-License-Identifier: GPL-2.0
// broken: a failed charge is not counted as thp_fault_fallback
// seen: at the memcg's limit thp_fault_fallback_charge +1 and thp_fault_fallback +0
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
 		count_vm_event(THP_FAULT_FALLBACK);
 		...
 		return NULL;
 	}
 ...>
}
