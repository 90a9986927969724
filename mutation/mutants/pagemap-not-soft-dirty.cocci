// SPDX-License-Identifier: GPL-2.0
// broken: pagemap does not tell the soft-dirty bit of a huge PMD
// seen: after clear_refs a store leaves bit 55 clear
// claim: 4.4 hugezero_wp_track
// file: fs/proc/task_mmu.c
@@
@@
pagemap_pmd_range_thp(...)
{
 <...
-	pmd_soft_dirty(pmd)
+	(!MUTANT && pmd_soft_dirty(pmd))
 ...>
}
