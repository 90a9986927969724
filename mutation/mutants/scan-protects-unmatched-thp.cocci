// SPDX-License-Identifier: GPL-2.0
// broken: a PAGEMAP_SCAN that protects some pages protects a THP that does not match, too
// seen: what was written to it counts as not written after others were protected, and a snapshot loses it
// claim: 4.2 hugezero_wp_track
// file: fs/proc/task_mmu.c
@@
expression categories, p;
@@
pagemap_scan_thp_entry(...)
{
 <...
 	if (!pagemap_scan_is_interesting_page(categories, p))
+	{
+		if (MUTANT && (p->arg.flags & PM_SCAN_WP_MATCHING))
+			make_uffd_wp_pmd(vma, start, pmd);
 		goto out_unlock;
+	}
 ...>
}
