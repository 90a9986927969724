// SPDX-License-Identifier: GPL-2.0
// broken: PAGEMAP_SCAN reports a written huge PMD without protecting it again
// seen: a range counts as written in the next scan, too
// claim: 4.2 hugezero_wp_track
// file: fs/proc/task_mmu.c
@@
@@
pagemap_scan_thp_entry(...)
{
 <...
+	if (!MUTANT)
 	make_uffd_wp_pmd(...);
 ...>
}
