// SPDX-License-Identifier: GPL-2.0
// broken: PAGEMAP_SCAN does not tell the soft-dirty bit of a huge PMD
// seen: after clear_refs a store leaves PAGE_IS_SOFT_DIRTY clear
// claim: 4.4 hugezero_wp_track
// file: fs/proc/task_mmu.c
@@
@@
pagemap_thp_category(...)
{
 <...
-	pmd_soft_dirty(pmd)
+	(!MUTANT && pmd_soft_dirty(pmd))
 ...>
}
