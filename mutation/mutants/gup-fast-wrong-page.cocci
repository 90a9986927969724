// SPDX-License-Identifier: GPL-2.0
// broken: the lockless get_user_pages() is one page off in a THP
// seen: a write by O_DIRECT into the THP arrives 4 KiB off
// claim: 2.2 hugezero_wp_kernel
// file: mm/gup.c
@@
expression E;
@@
gup_fast_pmd_leaf(...)
{
 <...
-	page = pmd_page(orig) + E;
+	page = pmd_page(orig) + (MUTANT ? E ^ 1 : E);
 ...>
}
