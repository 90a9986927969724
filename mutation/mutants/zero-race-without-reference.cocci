// SPDX-License-Identifier: GPL-2.0
// broken: who finds that another has allocated the huge zero page meanwhile takes no reference to it
// seen: the zero page is freed while one of the two still maps it
// claim: 3.7 hugezero_wp_reclaim
// file: mm/huge_memory.c
// race: 5
@@
@@
get_huge_zero_folio(...)
{
 <...
+	if (!MUTANT)
 	atomic_inc(&huge_zero_refcount);
 ...>
}
