// SPDX-License-Identifier: GPL-2.0
// broken: a read fault without a zero page to be had keeps its page table
// seen: each such read loses 4 KiB: nr_page_table_pages rises
// claim: 5.5 hugezero_wp_fallback
// file: mm/huge_memory.c
@@
@@
do_huge_pmd_anonymous_page(...)
{
 <...
 	if (unlikely(!zero_folio)) {
+		if (!MUTANT)
 		pte_free(vma->vm_mm, pgtable);
 		...
 	}
 ...>
}
