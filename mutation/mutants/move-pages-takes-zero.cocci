// SPDX-License-Identifier: GPL-2.0
// broken: move_pages(2) takes the huge zero page for a page of the process's
// seen: a request to move a range that was only read is not refused
// claim: 1.10 hugezero_wp
// file: mm/migrate.c
// boot: --nodes 2
@@
expression E;
@@
__add_folio_for_migration(...)
{
 <...
-	is_huge_zero_folio(E)
+	(!MUTANT && is_huge_zero_folio(E))
 ...>
}
