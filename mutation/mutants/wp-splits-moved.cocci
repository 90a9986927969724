// SPDX-License-Identifier: GPL-2.0
// broken: a range that was moved by mremap is split: its offset in the mapping is not its address
// seen: after mremap(2) a store leaves 511 zero pages
// claim: 3.3 hugezero_wp_map
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
	...
	vm_fault_t ret = 0;
+	if (MUTANT && vma->vm_pgoff != vma->vm_start >> PAGE_SHIFT)
+		return VM_FAULT_FALLBACK;
	...
}
