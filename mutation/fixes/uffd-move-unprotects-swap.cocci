// SPDX-License-Identifier: GPL-2.0
// broken: UFFDIO_MOVE leaves a page in swap as protected as it was in the range that it came from
// seen: with the fix the first store to it at its new place raises no event
// claim: 4.1 hugezero_wp_track
// bug: UFFDIO_MOVE of a page in swap takes its protection along
// file: mm/userfaultfd.c
@@
identifier mm, src_addr, src_pte, orig_src_pte;
@@
move_swap_pte(...)
{
 <...
 	orig_src_pte = ptep_get_and_clear(mm, src_addr, src_pte);
+	orig_src_pte = pte_swp_clear_uffd(orig_src_pte);
 ...>
}
