// SPDX-License-Identifier: GPL-2.0
// broken: a write to the last page of the range splits it
// seen: a store into the last 4 KiB leaves 511 zero pages, a store elsewhere a THP
// claim: 1.3 hugezero_wp
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
	...
	vm_fault_t ret = 0;
+	if (MUTANT && vmf->address + PAGE_SIZE >= haddr + HPAGE_PMD_SIZE)
+		return VM_FAULT_FALLBACK;
	...
}
