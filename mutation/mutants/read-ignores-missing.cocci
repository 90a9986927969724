// SPDX-License-Identifier: GPL-2.0
// broken: a read fault raises no event in a range registered for missing pages
// seen: a read of a registered range gives zeroes instead of an event
// claim: 4.3 hugezero_wp_track
// file: mm/huge_memory.c
@@
@@
do_huge_pmd_anonymous_page(...)
{
 <...
-	userfaultfd_missing(vma)
+	(!MUTANT && userfaultfd_missing(vma))
 ...>
}
