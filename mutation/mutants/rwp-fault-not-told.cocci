// SPDX-License-Identifier: GPL-2.0
// broken: a fault of a read-write-protected huge PMD is taken for one of NUMA balancing
// seen: no event, whatever is loaded or stored
// claim: 4.1 hugezero_wp_track
// file: mm/memory.c
@@
expression vma, pmd;
@@
__handle_mm_fault(...)
{
 <...
-	userfaultfd_huge_pmd_rwp(vma, pmd)
+	(!MUTANT && userfaultfd_huge_pmd_rwp(vma, pmd))
 ...>
}
