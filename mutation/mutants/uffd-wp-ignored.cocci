// SPDX-License-Identifier: GPL-2.0
// broken: a write fault does not ask for userfaultfd's write protection
// seen: a store into a protected range raises no event
// claim: 4.1 hugezero_wp_track
// file: mm/memory.c
@@
expression E;
@@
wp_huge_pmd(...)
{
 <...
-	userfaultfd_huge_pmd_wp(vma, E)
+	(!MUTANT && userfaultfd_huge_pmd_wp(vma, E))
 ...>
}
