// SPDX-License-Identifier: GPL-2.0
// broken: pagemap tells of each page of a THP whether its first page is mapped exclusively
// seen: with the fix only the page that a forked child gave up is exclusive
// claim: 3.5 hugezero_wp_life
// bug: pagemap takes the first page of a THP for all
// file: fs/proc/task_mmu.c
@@
identifier folio, page;
@@
pagemap_pmd_range_thp(...)
{
 <...
-	__folio_page_mapped_exclusively(folio, page)
+	__folio_page_mapped_exclusively(folio, page + idx)
 ...>
}
