// SPDX-License-Identifier: GPL-2.0
// broken: splitting a huge zero PMD loses userfaultfd's write protection
// seen: one page is resolved, and the other 511 raise no event
// claim: 4.1 hugezero_wp_track
// file: mm/huge_memory.c
@@
@@
__split_huge_zero_page_pmd(...)
{
 <...
+	if (!MUTANT)
 	entry = pte_mkuffd(entry);
 ...>
}
