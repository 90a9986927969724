// SPDX-License-Identifier: GPL-2.0
// broken: a store to a page table entry that maps the zero page, as where no huge page is to be had, leaks the new page
// seen: what a memory cgroup is charged grows by a page with each such store, and stays
// claim: 5.1 hugezero_wp_fallback
// file: mm/memory.c
@@
expression mm, E;
@@
wp_page_copy(...)
{
 <...
 	ksm_might_unmap_zero_page(mm, E);
 	inc_mm_counter(mm, MM_ANONPAGES);
+	if (MUTANT)
+		folio_get(new_folio);
 ...>
}
