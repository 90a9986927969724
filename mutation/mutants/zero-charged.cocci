// SPDX-License-Identifier: GPL-2.0
// broken: the huge zero page is charged to the memcg of whoever read first
// seen: a read raises memory.current by 2 MiB, once in the life of the zero page
// claim: 1.1 hugezero_wp
// file: mm/huge_memory.c
@@
expression E;
@@
alloc_huge_zero_folio(...)
{
 <...
-	folio_alloc(E, HPAGE_PMD_ORDER)
+	folio_alloc(MUTANT ? (E) | __GFP_ACCOUNT : (E), HPAGE_PMD_ORDER)
 ...>
}
