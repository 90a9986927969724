// SPDX-License-Identifier: GPL-2.0
// broken: a collapse of zero pages, or of swap, takes a huge page of node 0, whatever the memory is bound to
// seen: with the fix the THP is on the node that it is bound to
// claim: 3.11 hugezero_wp_map
// bug: MADV_COLLAPSE of zero pages goes to node 0
// file: mm/khugepaged.c
@@
@@
collapse_scan_pmd(...)
{
 <...
 	if (result == SCAN_SUCCEED) {
+		if (none_or_zero + unmapped == HPAGE_PMD_NR) {
+			pgoff_t ilx;
+			struct mempolicy *pol = get_vma_policy(vma, start_addr, HPAGE_PMD_ORDER, &ilx);
+
+			if (pol->mode == MPOL_BIND)
+				cc->node_load[first_node(pol->nodes)] = 1;
+			mpol_cond_put(pol);
+		}
 		mmap_read_unlock(mm);
 		...
 	}
 ...>
}
