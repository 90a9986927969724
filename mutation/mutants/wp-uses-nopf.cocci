// SPDX-License-Identifier: GPL-2.0
// broken: a write fault maps its THP by the helper that does no accounting (the sibling for khugepaged)
// seen: a THP without RssAnon, without thp_fault_alloc; "Bad rss-counter" when the process exits
// claim: 1.6 hugezero_wp_account
// file: mm/huge_memory.c
@@
expression folio, pmd, vma, haddr;
@@
do_huge_zero_wp_pmd(...)
{
 <...
-	map_anon_folio_pmd_pf(folio, pmd, vma, haddr);
+	if (MUTANT)
+		map_anon_folio_pmd_nopf(folio, pmd, vma, haddr);
+	else
+		map_anon_folio_pmd_pf(folio, pmd, vma, haddr);
 ...>
}
