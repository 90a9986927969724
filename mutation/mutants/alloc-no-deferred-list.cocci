// SPDX-License-Identifier: GPL-2.0
// broken: the memcg's list for the shrinker of underused THPs is not allocated with the THP
// seen: under the memory pressure of its memcg an underused THP is not split
// claim: 3.9 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
expression folio;
@@
vma_alloc_anon_folio_pmd(...)
{
 <...
-	folio_memcg_alloc_deferred(folio)
+	(!MUTANT && folio_memcg_alloc_deferred(folio))
 ...>
}
