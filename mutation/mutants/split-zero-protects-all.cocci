// SPDX-License-Identifier: GPL-2.0
// broken: splitting a huge zero PMD write-protects each page, whether the PMD was or not
// seen: pagemap bit 57 of zero pages that nobody protected
// claim: 5.3 hugezero_wp_fallback
// file: mm/huge_memory.c
@@
@@
__split_huge_zero_page_pmd(...)
{
 <...
-	pmd_uffd(old_pmd)
+	(MUTANT || pmd_uffd(old_pmd))
 ...>
}
