// SPDX-License-Identifier: GPL-2.0
// broken: on a write fault the huge page is thrown away as if there had been none
// seen: the range is split with most of the memory free, whereas a first write gives a THP; no counter says why
// claim: 1.2 hugezero_wp
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
 <...
 	folio = vma_alloc_anon_folio_pmd(...);
+	if (MUTANT && folio) {
+		folio_put(folio);
+		folio = NULL;
+	}
 ...>
}
