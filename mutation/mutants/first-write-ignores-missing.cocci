// SPDX-License-Identifier: GPL-2.0
// broken: the first write raises no event in a range registered for missing pages
// seen: a store into a registered range gives a THP instead of an event
// claim: 4.3 hugezero_wp_track
// file: mm/huge_memory.c
@@
@@
__do_huge_pmd_anonymous_page(...)
{
 <...
-	userfaultfd_missing(vma)
+	(!MUTANT && userfaultfd_missing(vma))
 ...>
}
