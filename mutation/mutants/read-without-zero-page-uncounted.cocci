// SPDX-License-Identifier: GPL-2.0
// broken: a read fault without a zero page to be had is not counted as thp_fault_fallback
// seen: the range gets base pages and no counter says why
// claim: 5.5 hugezero_wp_fallback
// file: mm/huge_memory.c
@@
@@
do_huge_pmd_anonymous_page(...)
{
 <...
+	if (!MUTANT)
 	count_vm_event(THP_FAULT_FALLBACK);
 ...>
}
