// SPDX-License-Identifier: GPL-2.0
// broken: a write fault on the huge zero page splits the PMD, as it did before Linux 6.13
// seen: one anonymous page and 511 zero pages; thp_split_pmd +1, RssAnon +4 kB
// claim: 1.2 hugezero_wp
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
	...
	vm_fault_t ret = 0;
+	if (MUTANT)
+		return VM_FAULT_FALLBACK;
	...
}
