// SPDX-License-Identifier: GPL-2.0
// broken: PAGEMAP_SCAN without a list of the pages protects base pages that do not match
// seen: with the fix a page that is no zero page still counts as written when the zero pages were protected
// claim: 4.2 hugezero_wp_track
// bug: PAGEMAP_SCAN without a list protects what does not match
// file: fs/proc/task_mmu.c
@@
expression E;
@@
pagemap_scan_pmd_entry(...)
{
 <...
-	!E->vec_out
+	!E->vec_out && !E->arg.category_anyof_mask && !E->arg.category_inverted && !(E->arg.category_mask & ~(PAGE_IS_WRITTEN | PAGE_IS_WPALLOWED))
 ...>
}
