// SPDX-License-Identifier: GPL-2.0
// broken: the huge page is charged to the root cgroup
// seen: memory.current of the writer's memcg does not rise
// claim: 1.7 hugezero_wp_account
// file: mm/huge_memory.c
@@
expression folio, E, gfp;
@@
vma_alloc_anon_folio_pmd(...)
{
 <...
-	mem_cgroup_charge(folio, E, gfp)
+	mem_cgroup_charge(folio, MUTANT ? &init_mm : E, gfp)
 ...>
}
