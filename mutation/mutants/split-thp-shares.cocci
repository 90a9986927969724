// SPDX-License-Identifier: GPL-2.0
// broken: splitting the PMD of a THP forgets that its pages belong to this process alone
// seen: after mprotect(2) of a part each store to the rest costs a fault and a copy
// claim: 3.4 hugezero_wp_map
// file: mm/huge_memory.c
@@
@@
__split_huge_pmd_locked(...)
{
 <...
 	rmap_t rmap_flags = RMAP_NONE;
+	if (MUTANT)
+		anon_exclusive = write = false;
 ...>
}
