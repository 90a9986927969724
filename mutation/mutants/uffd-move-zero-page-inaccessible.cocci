// SPDX-License-Identifier: GPL-2.0
// broken: UFFDIO_MOVE of a zero page from a read-write-protected range leaves it inaccessible
// seen: a fault of the first load at the new place, which nobody asked for
// claim: 4.1 hugezero_wp_track
// file: mm/userfaultfd.c
@@
expression dst_vma, zero_pte, p;
@@
move_zeropage_pte(...)
{
 <...
-	zero_pte = pte_mkspecial(pfn_pte(p, dst_vma->vm_page_prot));
+	zero_pte = pte_mkspecial(pfn_pte(p, dst_vma->vm_page_prot));
+	if (MUTANT && userfaultfd_rwp(src_vma))
+		zero_pte = pte_modify(zero_pte, PAGE_NONE);
 ...>
}
