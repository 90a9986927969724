// SPDX-License-Identifier: GPL-2.0
// broken: UFFDIO_MOVE maps the huge zero page writable, as it does a THP
// seen: the first store at the new place goes into the page that all processes share
// claim: 3.3 hugezero_wp_track
// file: mm/huge_memory.c
@@
@@
move_pages_huge_pmd(...)
{
 <...
+	if (MUTANT && !src_folio)
+		_dst_pmd = pmd_mkwrite(pmd_mkdirty(_dst_pmd), dst_vma);
 	set_pmd_at(mm, dst_addr, dst_pmd, _dst_pmd);
 ...>
}
