// SPDX-License-Identifier: GPL-2.0
// broken: UFFDIO_MOVE takes the write protection of a THP along
// seen: the first store to the range raises an event where nobody protected anything
// claim: 4.1 hugezero_wp_track
// file: mm/huge_memory.c
@@
expression E;
@@
move_pages_huge_pmd(...)
{
 <...
 	_dst_pmd = pmd_mkwrite(pmd_mkdirty(_dst_pmd), E);
+	if (MUTANT && pmd_uffd(src_pmdval))
+		_dst_pmd = pmd_wrprotect(pmd_mkuffd(_dst_pmd));
 ...>
}
