// SPDX-License-Identifier: GPL-2.0
// broken: an unshare fault (a read-only long-term pin) on a huge zero PMD that userfaultfd protects installs a
//   writable THP without the protection
// seen: with the fix the range is split as base pages are: the page that was pinned is still protected, and the
//   next store raises its event
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
+		    userfaultfd_huge_pmd_wp(vma, vmf->orig_pmd))
+			goto split;
		...
 	}
 ...>
}
