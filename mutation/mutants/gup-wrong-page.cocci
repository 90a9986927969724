// SPDX-License-Identifier: GPL-2.0
// broken: get_user_pages() gives the first page of a THP whatever page was asked for
// seen: what the kernel writes into the range arrives at its beginning
// claim: 2.2 hugezero_wp_kernel
// file: mm/gup.c
@@
expression E;
@@
follow_huge_pmd(...)
{
 <...
-	page += E;
+	page += MUTANT ? 0 : E;
 ...>
}
