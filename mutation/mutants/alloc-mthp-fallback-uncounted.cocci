// SPDX-License-Identifier: GPL-2.0
// broken: a failed allocation is not counted as anon_fault_fallback of its size
// seen: thp_fault_fallback +1 and hugepages-*/stats/anon_fault_fallback +0
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
 		count_mthp_stat(order, MTHP_STAT_ANON_FAULT_FALLBACK);
 		...
 		return NULL;
 	}
 ...>
}
