// SPDX-License-Identifier: GPL-2.0
// broken: who has allocated a huge zero page does not look whether another was first
// seen: there are two huge zero pages, and one is taken for somebody's page
// claim: 3.7 hugezero_wp_race
// file: mm/huge_memory.c
// race: 5
@@
@@
get_huge_zero_folio(...)
{
 <...
-	if (huge_zero_folio)
+	if (!MUTANT && huge_zero_folio)
	{ ... }
 ...>
}
