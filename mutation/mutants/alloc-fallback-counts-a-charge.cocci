// SPDX-License-Identifier: GPL-2.0
// broken: a failed allocation is counted as a failed charge, too
// seen: thp_fault_fallback_charge +1 although no memcg was at its limit
// claim: 5.2 hugezero_wp_fallback
// file: mm/huge_memory.c
@@
@@
vma_alloc_anon_folio_pmd(...)
{
 <...
 	if (unlikely(!folio)) {
+		if (MUTANT)
+			count_vm_event(THP_FAULT_FALLBACK_CHARGE);
 		...
 		return NULL;
 	}
 ...>
}
