// SPDX-License-Identifier: GPL-2.0
// broken: secondary MMUs are not told that the zero page goes
// seen: a virtual machine whose memory is the range goes on reading zeroes
// claim: 6.2 hugezero_wp_race
// file: mm/huge_memory.c
// unreachable: mmu_notifier_invalidate_range_start() returns at once unless mm_has_notifiers(mm), which needs KVM, an
//   IOMMU with shared virtual addressing or a GPU that registered with the process
@@
@@
do_huge_zero_wp_pmd(...)
{
 <...
+	if (!MUTANT)
 	mmu_notifier_invalidate_range_start(...);
 ...
+	if (!MUTANT)
 	mmu_notifier_invalidate_range_end(...);
 ...>
}
