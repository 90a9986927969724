// SPDX-License-Identifier: GPL-2.0
// broken: move_pages() says EBUSY of the second page of a THP, and moves it
// seen: with the fix the status of each page is the node that it is on
// claim: 3.4 hugezero_wp_map
// bug: move_pages() says that a page of a THP is busy that it moved
// file: mm/migrate.c
@@
identifier folio, node, pagelist, migrate_all;
@@
__add_folio_for_migration(struct folio *folio, int node, struct list_head *pagelist, bool migrate_all)
{
+	if (!list_empty(pagelist) && list_last_entry(pagelist, struct folio, lru) == folio)
+		return 1;
 	...
}
