// SPDX-License-Identifier: GPL-2.0
// broken: the reverse map is told the address of the next range
// seen: reclaim and migration look for the THP where it is not: MADV_PAGEOUT and move_pages(2) do nothing
// claim: 1.10 hugezero_wp
// file: mm/huge_memory.c
@@
expression folio, vma, haddr, how;
@@
map_anon_folio_pmd_nopf(...)
{
 <...
-	folio_add_new_anon_rmap(folio, vma, haddr, how);
+	folio_add_new_anon_rmap(folio, vma, MUTANT ? haddr + HPAGE_PMD_SIZE : haddr, how);
 ...>
}
