// SPDX-License-Identifier: GPL-2.0
// broken: fork keeps userfaultfd's write protection though the child has no userfaultfd
// seen: pagemap bit 57 of the child's range is set
// claim: 4.5 hugezero_wp_track
// file: mm/huge_memory.c
@@
expression E;
@@
copy_huge_pmd(...)
{
 <...
-	!userfaultfd_protected(E)
+	(!MUTANT && !userfaultfd_protected(E))
 ...>
}
