// SPDX-License-Identifier: GPL-2.0
// broken: the reverse map is told the beginning of the mapping
// seen: in a mapping of many ranges reclaim and migration find the first THP only
// claim: 1.10 hugezero_wp
// file: mm/huge_memory.c
@@
expression folio, vma, haddr, how;
@@
map_anon_folio_pmd_nopf(...)
{
 <...
-	folio_add_new_anon_rmap(folio, vma, haddr, how);
+	folio_add_new_anon_rmap(folio, vma, MUTANT ? vma->vm_start : haddr, how);
 ...>
}
