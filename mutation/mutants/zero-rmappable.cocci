// SPDX-License-Identifier: GPL-2.0
// broken: the huge zero page keeps the mark of a page with a reverse map
// seen: kpageflags of the zero page show a THP that is not the zero page
// claim: 1.1 hugezero_wp
// file: mm/huge_memory.c
@@
@@
alloc_huge_zero_folio(...)
{
 <...
+	if (!MUTANT)
 	folio_clear_large_rmappable(zero_folio);
 ...>
}
