// SPDX-License-Identifier: GPL-2.0
// broken: a fault of a read-write-protected huge PMD is told where the kernel is to answer it itself
// seen: an event of a load, or a load that waits forever
// claim: 4.2 hugezero_wp_track
// file: mm/huge_memory.c
@@
expression vma;
@@
do_huge_pmd_uffd_rwp(...)
{
 <...
-	!userfaultfd_rwp_async(vma)
+	(MUTANT || !userfaultfd_rwp_async(vma))
 ...>
}
