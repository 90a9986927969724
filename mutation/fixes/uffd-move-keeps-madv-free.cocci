// SPDX-License-Identifier: GPL-2.0
// broken: UFFDIO_MOVE maps a THP dirty that was clean, so that reclaim has to keep what MADV_FREE had given up
// seen: with the fix LazyFree of smaps moves along with a THP, as with base pages
// claim: 4.1 hugezero_wp_track
// bug: UFFDIO_MOVE of a THP takes MADV_FREE back
// file: mm/huge_memory.c
@@
identifier _dst_pmd, src_pmdval, dst_vma;
@@
move_pages_huge_pmd(...)
{
 <...
 	src_pmdval = pmdp_huge_clear_flush(...);
 	...
-	_dst_pmd = pmd_mkwrite(pmd_mkdirty(_dst_pmd), dst_vma);
+	if (pgtable_supports_soft_dirty())
+		_dst_pmd = pmd_mksoft_dirty(_dst_pmd);
+	if (pmd_dirty(src_pmdval))
+		_dst_pmd = pmd_mkdirty(_dst_pmd);
+	_dst_pmd = pmd_mkwrite(_dst_pmd, dst_vma);
 ...>
}
