// SPDX-License-Identifier: GPL-2.0
// broken: a write to any page but the first one splits the range (as if the address had to be aligned)
// seen: a store at offset 0 gives a THP, a store elsewhere leaves 511 zero pages
// claim: 1.3 hugezero_wp
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
	...
	vm_fault_t ret = 0;
+	if (MUTANT && (vmf->address & PAGE_MASK) != haddr)
+		return VM_FAULT_FALLBACK;
	...
}
