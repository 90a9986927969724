// SPDX-License-Identifier: GPL-2.0
// broken: UFFDIO_MOVE leaves the reverse map of a THP at the old address
// seen: reclaim and migration do not find the THP that was moved
// claim: 3.3 hugezero_wp_track
// file: mm/huge_memory.c
@@
expression E;
@@
move_pages_huge_pmd(...)
{
 <...
+	if (!MUTANT)
 	src_folio->index = E;
 ...>
}
