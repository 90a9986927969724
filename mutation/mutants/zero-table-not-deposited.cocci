// SPDX-License-Identifier: GPL-2.0
// broken: a huge zero PMD is mapped without depositing a page table
// seen: the kernel crashes when the range is unmapped or split
// claim: 1.6 hugezero_wp_account
// file: mm/huge_memory.c
// crash: a deposited table shows nowhere until zap_huge_pmd() or a split withdraws it, and dies of a list
//   that is empty
@@
@@
set_huge_zero_folio(...)
{
 <...
+	if (!MUTANT)
 	pgtable_trans_huge_deposit(...);
 ...>
}
