// SPDX-License-Identifier: GPL-2.0
// broken: kpageflags does not know the huge zero page
// seen: no ZERO_PAGE in the flags of a range that was only read
// claim: 1.1 hugezero_wp
// file: fs/proc/page.c
@@
expression E;
@@
stable_page_flags(...)
{
 <...
-	is_huge_zero_pfn(E)
+	(!MUTANT && is_huge_zero_pfn(E))
 ...>
}
