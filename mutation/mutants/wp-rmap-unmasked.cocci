// SPDX-License-Identifier: GPL-2.0
// broken: the THP is mapped at the address of the fault, not at that of the range
// seen: unless the first page was written, the reverse map does not find the THP
// claim: 1.10 hugezero_wp
// file: mm/huge_memory.c
@@
expression folio, pmd, vma, E;
@@
do_huge_zero_wp_pmd(...)
{
 <...
-	map_anon_folio_pmd_pf(folio, pmd, vma, E);
+	map_anon_folio_pmd_pf(folio, pmd, vma, MUTANT ? vmf->address & PAGE_MASK : E);
 ...>
}
