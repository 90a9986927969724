// SPDX-License-Identifier: GPL-2.0
// broken: a write fault frees its THP on the success path
// seen: the page is given away while mapped; "Bad page state" in the log
// claim: 1.2 hugezero_wp
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
 <...
 	map_anon_folio_pmd_pf(...);
+	if (MUTANT)
+		folio_put(folio);
 ...>
}
