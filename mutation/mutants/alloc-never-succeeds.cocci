// SPDX-License-Identifier: GPL-2.0
// broken: the allocation of an anonymous huge page fails whatever memory there is
// seen: neither a write fault on the huge zero page nor a first write gives a THP, with most of the memory free;
//   thp_fault_fallback +1 each
// claim: 1.2 hugezero_wp
// file: mm/huge_memory.c
@@
@@
vma_alloc_anon_folio_pmd(...)
{
 <...
 	folio = vma_alloc_folio(...);
+	if (MUTANT && folio) {
+		folio_put(folio);
+		folio = NULL;
+	}
 ...>
}
