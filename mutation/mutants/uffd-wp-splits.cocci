// SPDX-License-Identifier: GPL-2.0
// broken: a store into a range protected by userfaultfd splits it before it raises the event
// seen: the event comes, but the range has lost its huge zero page
// claim: 4.1 hugezero_wp_track
// file: mm/memory.c
@@
expression E;
@@
wp_huge_pmd(...)
{
 <...
-	userfaultfd_wp_async(E)
+	(MUTANT || userfaultfd_wp_async(E))
 ...>
}
