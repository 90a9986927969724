// SPDX-License-Identifier: GPL-2.0
// broken: a read fault without a zero page to be had returns as if it had done something
// seen: the read faults for ever
// claim: 5.5 hugezero_wp_fallback
// file: mm/huge_memory.c
@@
@@
do_huge_pmd_anonymous_page(...)
{
 <...
 	count_vm_event(THP_FAULT_FALLBACK);
+	if (MUTANT)
+		return 0;
 	return VM_FAULT_FALLBACK;
 ...>
}
