// SPDX-License-Identifier: GPL-2.0
// broken: a write on behalf of another process splits the range
// seen: process_vm_writev(2) and ptrace(2) leave 511 zero pages, a store of the process itself a THP
// claim: 2.2 hugezero_wp_kernel
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
	...
	vm_fault_t ret = 0;
+	if (MUTANT && (vmf->flags & FAULT_FLAG_REMOTE))
+		return VM_FAULT_FALLBACK;
	...
}
