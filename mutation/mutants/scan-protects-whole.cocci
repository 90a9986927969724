// SPDX-License-Identifier: GPL-2.0
// broken: PAGEMAP_SCAN write-protects a huge PMD whole where a part of it was asked for
// seen: the pages that were not asked for count as not written
// claim: 4.2 hugezero_wp_track
// file: fs/proc/task_mmu.c
@@
@@
pagemap_scan_thp_entry(...)
{
 <...
-	if (end != start + HPAGE_SIZE)
+	if (!MUTANT && end != start + HPAGE_SIZE)
 	{ ... }
 ...>
}
