// SPDX-License-Identifier: GPL-2.0
// broken: the split of an underused THP is not counted
// seen: thp_underused_split_page +0 where a THP was split
// claim: 3.9 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
@@
deferred_split_scan(...)
{
 <...
+	if (!MUTANT)
 	count_vm_event(THP_UNDERUSED_SPLIT_PAGE);
 ...>
}
