// SPDX-License-Identifier: GPL-2.0
// broken: a write to the very last byte of the range splits it (an end taken for one past it)
// seen: a store at +0x1fffff leaves 511 zero pages, a store elsewhere a THP
// claim: 1.3 hugezero_wp
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
	...
	vm_fault_t ret = 0;
+	if (MUTANT && vmf->real_address == haddr + HPAGE_PMD_SIZE - 1)
+		return VM_FAULT_FALLBACK;
	...
}
