// SPDX-License-Identifier: GPL-2.0
// broken: a range that is not a mapping for itself is split
// seen: a store leaves 511 zero pages unless the mapping is one huge page
// claim: 1.12 hugezero_wp
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
	...
	vm_fault_t ret = 0;
+	if (MUTANT && vma->vm_end - vma->vm_start != HPAGE_PMD_SIZE)
+		return VM_FAULT_FALLBACK;
	...
}
