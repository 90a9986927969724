// SPDX-License-Identifier: GPL-2.0
// broken: the deposited page table of an unmapped PMD is taken off the count, but not freed
// seen: VmPTE falls, and 4 KiB are lost with each: nr_page_table_pages does not fall
// claim: 1.6 hugezero_wp_account
// file: mm/huge_memory.c
@@
@@
zap_deposited_table(...)
{
 <...
+	if (!MUTANT)
 	pte_free(mm, pgtable);
 ...>
}
