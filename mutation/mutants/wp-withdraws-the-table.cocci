// SPDX-License-Identifier: GPL-2.0
// broken: a write fault frees the page table that the zero page had deposited
// seen: VmPTE -4 kB; the kernel crashes when the THP is unmapped or split
// claim: 1.6 hugezero_wp_account
// file: mm/huge_memory.c
// crash: zap_huge_pmd() dies of the list that is empty in the first test that stores, whatever that claims
@@
@@
do_huge_zero_wp_pmd(...)
{
 <...
 	map_anon_folio_pmd_pf(...);
+	if (MUTANT) {
+		pte_free(vma->vm_mm, pgtable_trans_huge_withdraw(vma->vm_mm, vmf->pmd));
+		mm_dec_nr_ptes(vma->vm_mm);
+	}
 ...>
}
