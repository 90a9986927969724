// SPDX-License-Identifier: GPL-2.0
// broken: UFFDIO_MOVE of a huge zero PMD builds the new one without the special bit (6.8 to 6.16)
// seen: the zero page counts as a page of the process's: a bad page map or page state in the log
// claim: 3.3 hugezero_wp_track
// file: mm/huge_memory.c
@@
@@
move_pages_huge_pmd(...)
{
 <...
+	if (MUTANT && !src_folio)
+		_dst_pmd = folio_mk_pmd(page_folio(src_page), dst_vma->vm_page_prot);
 	set_pmd_at(mm, dst_addr, dst_pmd, _dst_pmd);
 ...>
}
