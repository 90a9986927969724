// SPDX-License-Identifier: GPL-2.0
// broken: use_zero_page is not asked
// seen: with use_zero_page=0 a read still maps the huge zero page
// claim: 3.8 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
@@
do_huge_pmd_anonymous_page(...)
{
 <...
-	transparent_hugepage_use_zero_page()
+	(MUTANT || transparent_hugepage_use_zero_page())
 ...>
}
