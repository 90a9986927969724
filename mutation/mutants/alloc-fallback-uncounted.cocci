// SPDX-License-Identifier: GPL-2.0
// broken: a failed allocation is not counted as thp_fault_fallback
// seen: the range is split and no counter says why
// claim: 5.2 hugezero_wp_fallback
// file: mm/huge_memory.c
@@
@@
vma_alloc_anon_folio_pmd(...)
{
 <...
 	if (unlikely(!folio)) {
 		...
+		if (!MUTANT)
 		count_vm_event(THP_FAULT_FALLBACK);
 		...
 		return NULL;
 	}
 ...>
}
