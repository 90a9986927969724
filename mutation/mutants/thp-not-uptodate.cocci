// SPDX-License-Identifier: GPL-2.0
// broken: the huge page is not marked up to date
// seen: kpageflags of the THP lack UPTODATE
// claim: 1.8 hugezero_wp_account
// file: mm/huge_memory.c
@@
@@
vma_alloc_anon_folio_pmd(...)
{
 <...
+	if (!MUTANT)
 	__folio_mark_uptodate(folio);
 ...>
}
