// SPDX-License-Identifier: GPL-2.0
// broken: UFFDIO_MOVE leaves the deposited page table behind
// seen: a range moved across a border of 1 GiB crashes the kernel when it is unmapped
// claim: 3.3 hugezero_wp_track
// file: mm/huge_memory.c
// crash: a deposited table shows nowhere until zap_huge_pmd() or a split withdraws it, and dies of a list
//   that is empty
@@
@@
move_pages_huge_pmd(...)
{
 <...
+	if (!MUTANT) {
 	src_pgtable = pgtable_trans_huge_withdraw(...);
 	pgtable_trans_huge_deposit(...);
+	}
 ...>
}
