// SPDX-License-Identifier: GPL-2.0
// broken: a write to the first page of the range splits it
// seen: a store at offset 0 leaves 511 zero pages, a store elsewhere a THP
// claim: 1.3 hugezero_wp
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
	...
	vm_fault_t ret = 0;
+	if (MUTANT && vmf->address - haddr < PAGE_SIZE)
+		return VM_FAULT_FALLBACK;
	...
}
