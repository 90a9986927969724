// SPDX-License-Identifier: GPL-2.0
// broken: a core dump takes a page that is swapped out for one that was never there
// seen: the dump is zero where the process had written
// claim: 2.2 hugezero_wp_kernel
// file: mm/gup.c
@@
expression pte;
@@
follow_page_pte(...)
{
 <...
-	if (!pte_none(pte))
+	if (!pte_none(pte) && !(MUTANT && (flags & FOLL_DUMP)))
 		return NULL;
 ...>
}
