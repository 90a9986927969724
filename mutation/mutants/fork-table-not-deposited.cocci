// SPDX-License-Identifier: GPL-2.0
// broken: the child gets a PMD without a deposited page table
// seen: the kernel crashes when the child unmaps or splits it
// claim: 3.1 hugezero_wp_life
// file: mm/huge_memory.c
// crash: a deposited table shows nowhere until zap_huge_pmd() or a split withdraws it, and dies of a list
//   that is empty
@@
@@
copy_huge_pmd(...)
{
 <...
+	if (!MUTANT)
 	pgtable_trans_huge_deposit(...);
 ...>
}
