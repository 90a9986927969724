// SPDX-License-Identifier: GPL-2.0
// broken: the charge of the huge page may not fail
// seen: memory.current rises above the limit of the memcg, and the range is a THP where it was to be split
// claim: 5.1 hugezero_wp_fallback
// file: mm/huge_memory.c
@@
expression folio, E, gfp;
@@
vma_alloc_anon_folio_pmd(...)
{
 <...
-	mem_cgroup_charge(folio, E, gfp)
+	mem_cgroup_charge(folio, E, MUTANT ? gfp | __GFP_NOFAIL : gfp)
 ...>
}
