// SPDX-License-Identifier: GPL-2.0
// broken: the range after the one that is written is split, too
// seen: a store into one range turns the zero page of the next one into 512
// claim: 1.5 hugezero_wp
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
 <...
 	folio = vma_alloc_anon_folio_pmd(...);
+	if (MUTANT && haddr + 2 * HPAGE_PMD_SIZE <= vma->vm_end &&
+	    ((haddr + HPAGE_PMD_SIZE) & ~PUD_MASK))
+		__split_huge_pmd(vma, vmf->pmd + 1, haddr + HPAGE_PMD_SIZE, false);
 ...>
}
