// SPDX-License-Identifier: GPL-2.0
// broken: a write by FOLL_FORCE into the huge zero page of a read-only mapping is refused
// seen: /proc/self/mem and ptrace(2) say EIO, though base pages and THPs are written
// claim: 2.3 hugezero_wp_kernel
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
	...
	vm_fault_t ret = 0;
+	if (MUTANT && !(vma->vm_flags & VM_WRITE))
+		return VM_FAULT_SIGBUS;
	...
}
