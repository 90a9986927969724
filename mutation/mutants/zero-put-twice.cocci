// SPDX-License-Identifier: GPL-2.0
// broken: an exiting process gives its reference to the huge zero page back twice
// seen: the zero page is freed while others map it
// claim: 3.7 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
@@
mm_put_huge_zero_folio(...)
{
 <...
 	put_huge_zero_folio();
+	if (MUTANT)
+		put_huge_zero_folio();
 ...>
}
