// SPDX-License-Identifier: GPL-2.0
// broken: clear_refs leaves the soft-dirty bit of a huge PMD
// seen: a range that nobody wrote since is soft-dirty
// claim: 4.4 hugezero_wp_track
// file: fs/proc/task_mmu.c
@@
@@
clear_soft_dirty_pmd(...)
{
 <...
+	if (!MUTANT)
 	pmd = pmd_clear_soft_dirty(pmd);
 ...>
}
