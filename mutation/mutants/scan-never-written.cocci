// SPDX-License-Identifier: GPL-2.0
// broken: PAGEMAP_SCAN does not tell that a huge PMD was written
// seen: a THP that was written since the last scan is not in the next one
// claim: 4.2 hugezero_wp_track
// file: fs/proc/task_mmu.c
@@
expression E;
@@
pagemap_thp_category(...)
{
 <...
-	userfaultfd_wp(E)
+	(!MUTANT && userfaultfd_wp(E))
 ...>
}
