// SPDX-License-Identifier: GPL-2.0
// broken: the number of the huge zero page is not written down
// seen: nothing takes a huge zero PMD for one: it is in no PAGE_IS_PFNZERO, and counts as somebody's page
// claim: 1.1 hugezero_wp
// file: mm/huge_memory.c
@@
expression E;
@@
get_huge_zero_folio(...)
{
 <...
+	if (!MUTANT)
 	WRITE_ONCE(huge_zero_pfn, E);
 ...>
}
