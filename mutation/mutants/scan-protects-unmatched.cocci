// SPDX-License-Identifier: GPL-2.0
// broken: a PAGEMAP_SCAN that lists and protects some base pages protects those that do not match, too
// seen: what was written counts as not written after others were protected, and a snapshot loses it
// claim: 4.2 hugezero_wp_track
// file: fs/proc/task_mmu.c
@@
expression categories, p;
@@
pagemap_scan_pmd_entry(...)
{
 <...
 	if (!pagemap_scan_is_interesting_page(categories, p))
+	{
+		if (MUTANT && (p->arg.flags & PM_SCAN_WP_MATCHING) && (categories & PAGE_IS_WRITTEN))
+			make_uffd_wp_pte(vma, addr, pte, ptent);
 		continue;
+	}
 ...>
}
