// SPDX-License-Identifier: GPL-2.0
// broken: of two threads that read first at once, the second keeps its reference, though the process gives back one
// seen: the zero page is never freed again
// claim: 3.7 hugezero_wp_reclaim
// file: mm/huge_memory.c
// race: 5
@@
@@
mm_get_huge_zero_folio(...)
{
 <...
+	if (!MUTANT)
 	put_huge_zero_folio();
 ...>
}
