// SPDX-License-Identifier: GPL-2.0
// broken: UFFDIO_MOVE takes userfaultfd's write protection of a huge zero PMD along
// seen: pagemap bit 57 at the new place
// claim: 4.1 hugezero_wp_track
// file: mm/huge_memory.c
@@
@@
move_pages_huge_pmd(...)
{
 <...
-	clear_uffd_wp_pmd(_dst_pmd)
+	(MUTANT ? _dst_pmd : clear_uffd_wp_pmd(_dst_pmd))
 ...>
}
