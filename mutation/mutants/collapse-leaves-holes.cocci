// SPDX-License-Identifier: GPL-2.0
// broken: a collapse does not zero what was a zero page
// seen: after MADV_COLLAPSE pages that were 0 hold old data, where the memory was dirty before
// claim: 5.4 hugezero_wp_fallback
// file: mm/khugepaged.c
@@
@@
__collapse_huge_page_copy(...)
{
 <...
+	if (!MUTANT)
 	clear_user_highpage(...);
 ...>
}
