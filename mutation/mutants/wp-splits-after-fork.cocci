// SPDX-License-Identifier: GPL-2.0
// broken: a range of a process that has forked is split
// seen: in parent or child a store leaves 511 zero pages
// claim: 3.1 hugezero_wp_life
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
	...
	vm_fault_t ret = 0;
+	if (MUTANT && (vma->anon_vma->root != vma->anon_vma || vma->anon_vma->num_children > 1))
+		return VM_FAULT_FALLBACK;
	...
}
