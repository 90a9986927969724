// SPDX-License-Identifier: GPL-2.0
// broken: the first write to an empty range falls back to base pages
// seen: a range read first ends as a THP, one written first does not
// claim: 1.9 hugezero_wp_account
// file: mm/huge_memory.c
@@
@@
__do_huge_pmd_anonymous_page(...)
{
	...
	vm_fault_t ret = 0;
+	if (MUTANT)
+		return VM_FAULT_FALLBACK;
	...
}
