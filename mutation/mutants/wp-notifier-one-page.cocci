// SPDX-License-Identifier: GPL-2.0
// broken: secondary MMUs are told that one page goes, not the range
// seen: a virtual machine whose memory is the range goes on reading zeroes in the other 511 pages
// claim: 6.2 hugezero_wp_race
// file: mm/huge_memory.c
// unreachable: mmu_notifier_invalidate_range_start() returns at once unless mm_has_notifiers(mm), which needs KVM, an
//   IOMMU with shared virtual addressing or a GPU that registered with the process
@@
@@
do_huge_zero_wp_pmd(...)
{
 <...
 	mmu_notifier_range_init(...);
+	if (MUTANT)
+		range.end = haddr + PAGE_SIZE;
 ...>
}
