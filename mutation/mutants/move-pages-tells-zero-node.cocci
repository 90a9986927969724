// SPDX-License-Identifier: GPL-2.0
// broken: move_pages(2) tells the node of the huge zero page
// seen: a node where -EFAULT says that no page of the process's is there
// claim: 1.1 hugezero_wp
// file: mm/migrate.c
@@
expression E;
@@
do_pages_stat_array(...)
{
 <...
-	is_huge_zero_folio(E)
+	(!MUTANT && is_huge_zero_folio(E))
 ...>
}
