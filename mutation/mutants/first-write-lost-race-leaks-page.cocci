// SPDX-License-Identifier: GPL-2.0
// broken: the first write to a range that finds that another was first keeps its huge page
// seen: threads that write to an empty range at once lose 2 MiB of memory each
// claim: 6.4 hugezero_wp_race
// file: mm/huge_memory.c
// race: 5
@@
@@
__do_huge_pmd_anonymous_page(...)
{
 <...
+	if (!MUTANT)
 	folio_put(folio);
 	return ret;
 ...>
}
