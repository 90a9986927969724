// SPDX-License-Identifier: GPL-2.0
// broken: the split of a PMD is not counted
// seen: thp_split_pmd +0 where a range was split
// claim: 5.1 hugezero_wp_fallback
// file: mm/huge_memory.c
@@
@@
__split_huge_pmd_locked(...)
{
 <...
+	if (!MUTANT)
 	count_vm_event(THP_SPLIT_PMD);
 ...>
}
