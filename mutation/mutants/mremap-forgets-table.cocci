// SPDX-License-Identifier: GPL-2.0
// broken: mremap leaves the deposited page table behind, though the PMD moves to another page of PMDs
// seen: a range moved across a border of 1 GiB crashes the kernel when it is unmapped
// claim: 3.3 hugezero_wp_map
// file: mm/huge_memory.c
// crash: a deposited table shows nowhere until zap_huge_pmd() or a split withdraws it, and dies of a list
//   that is empty
@@
@@
pmd_move_must_withdraw(...)
{
+	if (MUTANT)
+		return 0;
	...
}
