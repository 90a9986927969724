// SPDX-License-Identifier: GPL-2.0
// broken: the kernel makes a read-write-protected huge PMD accessible, and leaves the bit that marks it
// seen: what was accessed does not count as accessed
// claim: 4.2 hugezero_wp_track
// file: mm/huge_memory.c
@@
expression pmd;
@@
do_huge_pmd_uffd_rwp(...)
{
 <...
-	pmd_clear_uffd(pmd)
+	(MUTANT ? pmd : pmd_clear_uffd(pmd))
 ...>
}
