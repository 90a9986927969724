// SPDX-License-Identifier: GPL-2.0
// broken: PAGEMAP_SCAN protects no page that a page table maps
// seen: what was written to a range that was split counts as written again and again
// claim: 4.2 hugezero_wp_track
// file: fs/proc/task_mmu.c
@@
@@
make_uffd_wp_pte(...)
{
+	if (MUTANT)
+		return;
 	...
}
