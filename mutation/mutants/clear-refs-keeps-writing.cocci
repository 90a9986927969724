// SPDX-License-Identifier: GPL-2.0
// broken: clear_refs leaves a THP writable
// seen: the next store does not make it soft-dirty
// claim: 4.4 hugezero_wp_track
// file: fs/proc/task_mmu.c
@@
@@
clear_soft_dirty_pmd(...)
{
 <...
+	if (!MUTANT)
 	pmd = pmd_wrprotect(pmd);
 ...>
}
