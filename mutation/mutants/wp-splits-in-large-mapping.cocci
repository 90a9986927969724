// SPDX-License-Identifier: GPL-2.0
// broken: a range in a mapping of more than 1 GiB is split
// seen: a store leaves 511 zero pages in a large mapping, a THP in a small one
// claim: 1.12 hugezero_wp
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
	...
	vm_fault_t ret = 0;
+	if (MUTANT && vma->vm_end - vma->vm_start > PUD_SIZE)
+		return VM_FAULT_FALLBACK;
	...
}
