// SPDX-License-Identifier: GPL-2.0
// broken: reclaim makes all pages of a split THP dirty, and soft-dirty, if it has to put it back because one is dirty
// seen: with the fix pages that nobody wrote to are not soft-dirty after MADV_PAGEOUT
// claim: 4.4 hugezero_wp_track
// bug: reclaim that gives up a split THP marks it soft-dirty
// file: mm/rmap.c
@@
@@
folio_unmap_pte_batch(...)
{
 <...
-	FPB_RESPECT_WRITE | FPB_RESPECT_SOFT_DIRTY
+	FPB_RESPECT_WRITE | FPB_RESPECT_SOFT_DIRTY | FPB_RESPECT_DIRTY
 ...>
}
