// SPDX-License-Identifier: GPL-2.0
// broken: a change of protection marks all pages of a split THP as used, if one of them was used
// seen: with the fix Referenced of smaps is after mprotect() what it was before
// claim: 3.6 hugezero_wp_reclaim
// bug: mprotect() of a split THP counts as using all of it
// file: mm/mprotect.c
@@
identifier oldpte, pte, max_nr_ptes, nr_ptes, folio, flags;
@@
change_pte_range(...)
{
 <...
 	nr_ptes = mprotect_folio_pte_batch(folio, pte, oldpte, max_nr_ptes, flags);
+	for (int i = 1; i < nr_ptes; i++)
+		if (pte_young(ptep_get(pte + i)) != pte_young(oldpte))
+			nr_ptes = i;
 ...>
}
