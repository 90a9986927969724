// SPDX-License-Identifier: GPL-2.0
// broken: a read fault that ends as an event of userfaultfd keeps its page table
// seen: each event on a missing page loses 4 KiB: nr_page_table_pages rises
// claim: 4.3 hugezero_wp_track
// file: mm/huge_memory.c
@@
@@
do_huge_pmd_anonymous_page(...)
{
 <...
+	if (!MUTANT)
 	pte_free(vma->vm_mm, pgtable);
 	ret = handle_userfault(...);
 ...>
}
