// SPDX-License-Identifier: GPL-2.0
// broken: the first write to a range that finds that another was first keeps its page table
// seen: threads that write to an empty range at once lose 4 KiB of memory each: nr_page_table_pages rises
// claim: 6.4 hugezero_wp_race
// file: mm/huge_memory.c
// race: 5
@@
expression E;
@@
__do_huge_pmd_anonymous_page(...)
{
 <...
-	if (pgtable)
+	if (!MUTANT && pgtable)
 		pte_free(vma->vm_mm, pgtable);
 ...>
}
