// SPDX-License-Identifier: GPL-2.0
// broken: a range of memory that several tasks share, threads or a vfork() child, is split
// seen: a store of such a task leaves 511 zero pages, one of a process for itself a THP
// claim: 3.1 hugezero_wp_life
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
	...
	vm_fault_t ret = 0;
+	if (MUTANT && atomic_read(&vma->vm_mm->mm_users) > 1)
+		return VM_FAULT_FALLBACK;
	...
}
