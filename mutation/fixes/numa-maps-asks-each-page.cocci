// SPDX-License-Identifier: GPL-2.0
// broken: numa_maps tells of a THP how many processes map its first page
// seen: with the fix it tells the most that map any of its pages, as of base pages
// claim: 3.5 hugezero_wp_life
// bug: numa_maps takes the first page of a THP for all
// file: fs/proc/task_mmu.c
@@
identifier page, md, nr_pages, folio, count;
@@
gather_stats(struct page *page, struct numa_maps *md, ..., unsigned long nr_pages)
{
 <...
 	if (IS_ENABLED(CONFIG_PAGE_MAPCOUNT))
-		count = folio_precise_page_mapcount(folio, page);
+		for (unsigned long i = count = 0; i < nr_pages; i++)
+			count = max(count, folio_precise_page_mapcount(folio, page + i));
 	else
 		count = folio_average_page_mapcount(folio);
 ...>
}
