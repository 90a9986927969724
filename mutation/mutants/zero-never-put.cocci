// SPDX-License-Identifier: GPL-2.0
// broken: an exiting process does not give its reference to the huge zero page back
// seen: the zero page is never freed again: after drop_caches thp_zero_page_alloc does not rise
// claim: 3.7 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
@@
mm_put_huge_zero_folio(...)
{
 <...
+	if (!MUTANT)
 	put_huge_zero_folio();
 ...>
}
