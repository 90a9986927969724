// SPDX-License-Identifier: GPL-2.0
// broken: UFFDIO_MOVE refuses a page of a THP that is ours alone if the first page of it is not known to be
// seen: with the fix a page that was written after a fork is moved, whatever folio it is of
// claim: 4.1 hugezero_wp_track
// bug: UFFDIO_MOVE takes the first page of a THP for all
// file: mm/userfaultfd.c
@@
identifier folio, src_vma, src_addr, orig_src_pte;
@@
move_pages_ptes(...)
{
 <...
 	folio = vm_normal_folio(src_vma, src_addr, orig_src_pte);
-	if (!folio || !PageAnonExclusive(&folio->page))
+	if (!folio || !PageAnonExclusive(vm_normal_page(src_vma, src_addr, orig_src_pte)))
 	{ ... }
 ...>
}
