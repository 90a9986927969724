// SPDX-License-Identifier: GPL-2.0
// broken: UFFDIO_MOVE of the huge zero page from a read-write-protected range takes the mark off and leaves it
//   inaccessible
// seen: with the fix loads at the new place take no fault, as of base pages
// claim: 4.1 hugezero_wp_track
// bug: UFFDIO_MOVE of the huge zero page leaves it inaccessible
// file: mm/huge_memory.c
@@
expression old;
identifier new;
@@
move_pages_huge_pmd(...)
{
 <...
 	new = move_soft_dirty_pmd(old);
+	new = pmd_modify(new, dst_vma->vm_page_prot);
 ...>
}
