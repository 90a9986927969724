// SPDX-License-Identifier: GPL-2.0
// broken: a write by get_user_pages() finds the machine out of memory
// seen: O_DIRECT, io_uring's registered buffers and mlock(2) fail with ENOMEM, read(2) and a store do not
// claim: 2.2 hugezero_wp_kernel
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
	...
	vm_fault_t ret = 0;
+	if (MUTANT && !(vmf->flags & FAULT_FLAG_INTERRUPTIBLE))
+		return VM_FAULT_OOM;
	...
}
