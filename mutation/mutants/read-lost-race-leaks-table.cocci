// SPDX-License-Identifier: GPL-2.0
// broken: a read fault that finds that another was first keeps its page table
// seen: threads that read one range at once lose 4 KiB each: nr_page_table_pages rises
// claim: 6.4 hugezero_wp_race
// file: mm/huge_memory.c
// race: 5
@@
@@
do_huge_pmd_anonymous_page(...)
{
 <...
 	if (pmd_none(...)) { ... }
 	else {
 		spin_unlock(vmf->ptl);
+		if (!MUTANT)
 		pte_free(vma->vm_mm, pgtable);
 	}
 ...>
}
