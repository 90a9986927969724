// SPDX-License-Identifier: GPL-2.0
// broken: the deposited page table of an unmapped PMD is freed, but stays in the count
// seen: VmPTE does not fall at munmap; "non-zero pgtables_bytes" when the process exits
// claim: 1.6 hugezero_wp_account
// file: mm/huge_memory.c
@@
@@
zap_deposited_table(...)
{
 <...
+	if (!MUTANT)
 	mm_dec_nr_ptes(mm);
 ...>
}
