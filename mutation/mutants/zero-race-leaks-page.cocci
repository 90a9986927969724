// SPDX-License-Identifier: GPL-2.0
// broken: who finds that another has allocated the huge zero page meanwhile keeps its own
// seen: 2 MiB of memory are lost when two processes read at once
// claim: 3.7 hugezero_wp_reclaim
// file: mm/huge_memory.c
// race: 5
@@
@@
get_huge_zero_folio(...)
{
 <...
+	if (!MUTANT)
 	folio_put(zero_folio);
 ...>
}
