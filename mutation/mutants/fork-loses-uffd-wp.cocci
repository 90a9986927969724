// SPDX-License-Identifier: GPL-2.0
// broken: fork drops userfaultfd's write protection though the child is to keep it
// seen: with UFFD_FEATURE_EVENT_FORK a store of the child raises no event
// claim: 4.5 hugezero_wp_track
// file: mm/huge_memory.c
@@
expression E;
@@
copy_huge_pmd(...)
{
 <...
-	!userfaultfd_protected(E)
+	(MUTANT || !userfaultfd_protected(E))
 ...>
}
