// SPDX-License-Identifier: GPL-2.0
// broken: the huge page comes from the node of the CPU, whatever the memory policy says
// seen: a range bound to node 1 gets its THP on node 0
// claim: 3.11 hugezero_wp_map
// file: mm/huge_memory.c
// boot: --nodes 2
@@
@@
vma_alloc_anon_folio_pmd(...)
{
 <...
 	folio = vma_alloc_folio(...);
+	if (MUTANT && folio) {
+		folio_put(folio);
+		folio = __folio_alloc_node(gfp, order, numa_node_id());
+	}
 ...>
}
