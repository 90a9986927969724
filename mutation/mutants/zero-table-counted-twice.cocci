// SPDX-License-Identifier: GPL-2.0
// broken: the page table that a huge zero PMD deposits is counted twice
// seen: VmPTE +8 kB at the read; "non-zero pgtables_bytes" when the process exits
// claim: 1.6 hugezero_wp_account
// file: mm/huge_memory.c
@@
@@
set_huge_zero_folio(...)
{
 <...
 	pgtable_trans_huge_deposit(...);
+	if (MUTANT)
+		mm_inc_nr_ptes(mm);
 ...>
}
