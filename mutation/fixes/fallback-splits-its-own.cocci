// SPDX-License-Identifier: GPL-2.0
// broken: a store to the huge zero PMD that gets no huge page splits whatever is mapped there when it is back
// seen: with the fix no THP that another thread's store installed meanwhile is split
// claim: 6.1 hugezero_wp_race
// bug: a store that gets no THP splits that of another
// race: 3
// file: mm/huge_memory.c
@@
expression vma, pmd, address;
@@
do_huge_pmd_wp_page(...)
{
 <...
-	__split_huge_pmd(vma, pmd, address, false);
+	{
+		struct mmu_notifier_range range;
+
+		mmu_notifier_range_init(&range, MMU_NOTIFY_CLEAR, 0, vma->vm_mm,
+					haddr, haddr + HPAGE_PMD_SIZE);
+		mmu_notifier_invalidate_range_start(&range);
+		spin_lock(vmf->ptl);
+		if (pmd_same(pmdp_get(pmd), orig_pmd))
+			split_huge_pmd_locked(vma, haddr, pmd, false);
+		spin_unlock(vmf->ptl);
+		mmu_notifier_invalidate_range_end(&range);
+	}
 ...>
}
