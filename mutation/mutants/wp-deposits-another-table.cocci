// SPDX-License-Identifier: GPL-2.0
// broken: a write fault deposits a page table beside the one that the zero page brought
// seen: a page table of 4 KiB is lost with each THP: nr_page_table_pages does not return
// claim: 1.6 hugezero_wp_account
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
 <...
 	map_anon_folio_pmd_pf(...);
+	if (MUTANT) {
+		pgtable_t pgtable = __pte_alloc_one(vma->vm_mm, GFP_ATOMIC | __GFP_ZERO);
+
+		if (pgtable)
+			pgtable_trans_huge_deposit(vma->vm_mm, vmf->pmd, pgtable);
+	}
 ...>
}
