// SPDX-License-Identifier: GPL-2.0
// broken: a write by get_user_pages() splits the range: its faults are not interruptible
// seen: O_DIRECT, process_vm_writev(2), MADV_POPULATE_WRITE leave 511 zero pages, read(2) and a store a THP
// claim: 2.2 hugezero_wp_kernel
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
	...
	vm_fault_t ret = 0;
+	if (MUTANT && !(vmf->flags & FAULT_FLAG_INTERRUPTIBLE))
+		return VM_FAULT_FALLBACK;
	...
}
