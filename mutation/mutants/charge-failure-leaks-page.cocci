// SPDX-License-Identifier: GPL-2.0
// broken: the huge page whose charge failed is not given back
// seen: every write fault at the memcg's limit loses 2 MiB of the machine's memory, charged to nobody
// claim: 5.1 hugezero_wp_fallback
// file: mm/huge_memory.c
@@
@@
vma_alloc_anon_folio_pmd(...)
{
 <...
 	if (mem_cgroup_charge(...)) {
+		if (!MUTANT)
 		folio_put(folio);
 		...
 		return NULL;
 	}
 ...>
}
