// SPDX-License-Identifier: GPL-2.0
// broken: where PAGEMAP_SCAN has once handed on what it had collected, its walk_end stays there
// seen: with the fix walk_end is the end of the range when all of it was scanned
// claim: 4.2 hugezero_wp_track
// bug: PAGEMAP_SCAN ends before its end
// file: fs/proc/task_mmu.c
@@
expression E1, E2, E3, E4, E5;
@@
do_pagemap_scan(...)
{
 <...
+	p.arg.walk_end = 0;
 	E1 = walk_page_range(E2, E3, E4, E5, &p);
 ...>
}
