// SPDX-License-Identifier: GPL-2.0
// broken: a collapse takes each page for a zero page
// seen: after MADV_COLLAPSE what was written is 0
// claim: 5.4 hugezero_wp_fallback
// file: mm/khugepaged.c
@@
expression E;
@@
__collapse_huge_page_copy(...)
{
 <...
-	pte_none_or_zero(E)
+	(MUTANT || pte_none_or_zero(E))
 ...>
}
