// SPDX-License-Identifier: GPL-2.0
// broken: splitting a huge zero PMD does not mark the zero pages special
// seen: the zero page counts as a page of the process's: a bad page map or page state in the log
// claim: 5.1 hugezero_wp_fallback
// file: mm/huge_memory.c
@@
@@
__split_huge_zero_page_pmd(...)
{
 <...
+	if (!MUTANT)
 	entry = pte_mkspecial(entry);
 ...>
}
