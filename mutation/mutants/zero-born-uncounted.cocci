// SPDX-License-Identifier: GPL-2.0
// broken: the allocation of the huge zero page is not counted
// seen: thp_zero_page_alloc stays where it is
// claim: 3.7 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
@@
get_huge_zero_folio(...)
{
 <...
+	if (!MUTANT)
 	count_vm_event(THP_ZERO_PAGE_ALLOC);
 ...>
}
