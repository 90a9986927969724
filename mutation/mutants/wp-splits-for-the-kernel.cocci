// SPDX-License-Identifier: GPL-2.0
// broken: a write by the kernel splits the range: only faults of user mode get a THP
// seen: read(2), futex(2), a signal frame and get_user_pages() leave 511 zero pages, a store a THP
// claim: 2.1 hugezero_wp_kernel
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
	...
	vm_fault_t ret = 0;
+	if (MUTANT && !(vmf->flags & FAULT_FLAG_USER))
+		return VM_FAULT_FALLBACK;
	...
}
