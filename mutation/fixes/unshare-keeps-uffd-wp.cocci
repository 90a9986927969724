// SPDX-License-Identifier: GPL-2.0
// broken: an unshare fault (a read-only long-term pin) on a huge zero PMD that userfaultfd protects installs a
//   writable THP without the protection, and soft-dirty where writes are tracked by that
// seen: with the fix the range is split as base pages are: the page that was pinned is still protected, the next
//   store raises its event, and no page is soft-dirty
// claim: 4.6 hugezero_wp_track
// bug: a read-only long-term pin of the huge zero page ends its write tracking
// file: mm/memory.c
@@
@@
wp_huge_pmd(...)
{
 <...
 	if (vma_is_anonymous(vma)) {
+		if (unshare && is_huge_zero_pmd(vmf->orig_pmd) &&
+		    (userfaultfd_huge_pmd_wp(vma, vmf->orig_pmd) ||
+		     pmd_needs_soft_dirty_wp(vma, vmf->orig_pmd)))
+			goto split;
		...
 	}
 ...>
}
