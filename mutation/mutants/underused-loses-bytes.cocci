// SPDX-License-Identifier: GPL-2.0
// broken: a page of an underused THP counts as zero whatever is in it
// seen: the byte that was written turns to 0 under memory pressure
// claim: 3.9 hugezero_wp_reclaim
// file: mm/migrate.c
@@
expression E1, E2;
@@
try_to_map_unused_to_zeropage(...)
{
 <...
-	pages_identical(E1, E2)
+	(MUTANT || pages_identical(E1, E2))
 ...>
}
