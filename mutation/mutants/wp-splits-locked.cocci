// SPDX-License-Identifier: GPL-2.0
// broken: a range in a locked mapping is split
// seen: mlock(2) of a range that was read gives 511 base pages
// claim: 3.12 hugezero_wp_map
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
	...
	vm_fault_t ret = 0;
+	if (MUTANT && (vma->vm_flags & VM_LOCKED))
+		return VM_FAULT_FALLBACK;
	...
}
