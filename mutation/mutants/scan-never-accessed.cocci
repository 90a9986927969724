// SPDX-License-Identifier: GPL-2.0
// broken: PAGEMAP_SCAN says of no huge PMD that it was accessed
// seen: who moves cold memory out takes what is used
// claim: 4.2 hugezero_wp_track
// file: fs/proc/task_mmu.c
@@
expression vma, categories;
@@
pagemap_thp_category(...)
{
 <...
-	if (userfaultfd_rwp(vma))
+	if (!MUTANT && userfaultfd_rwp(vma))
 		categories |= PAGE_IS_ACCESSED;
 ...>
}
