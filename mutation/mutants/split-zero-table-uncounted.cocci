// SPDX-License-Identifier: GPL-2.0
// broken: splitting a huge zero PMD takes its page table off the count
// seen: VmPTE -4 kB at the split; "non-zero pgtables_bytes" when the process exits
// claim: 5.1 hugezero_wp_fallback
// file: mm/huge_memory.c
@@
@@
__split_huge_zero_page_pmd(...)
{
 <...
 	pgtable = pgtable_trans_huge_withdraw(...);
+	if (MUTANT)
+		mm_dec_nr_ptes(mm);
 ...>
}
