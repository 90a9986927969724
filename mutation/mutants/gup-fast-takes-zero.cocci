// SPDX-License-Identifier: GPL-2.0
// broken: the lockless get_user_pages() takes a special PMD for a page
// seen: nothing
// claim: 2.4 hugezero_wp_kernel
// file: mm/gup.c
// equivalent: the slow path, follow_huge_pmd(), hands out the huge zero page to readers just so, and gup_must_unshare(NULL, ...)
//   sends long-term pins there
@@
@@
gup_fast_pmd_leaf(...)
{
 <...
-	pmd_special(orig)
+	(!MUTANT && pmd_special(orig))
 ...>
}
