// SPDX-License-Identifier: GPL-2.0
// broken: UFFDIO_MOVE marks what it moves soft-dirty, but not a zero page
// seen: with the fix a zero page that was moved is soft-dirty, as any other page
// claim: 4.4 hugezero_wp_track
// bug: UFFDIO_MOVE of a zero page does not mark it soft-dirty
// file: mm/userfaultfd.c
@@
identifier zero_pte;
@@
move_zeropage_pte(...)
{
 <...
 	zero_pte = pte_mkspecial(...);
+	if (pgtable_supports_soft_dirty())
+		zero_pte = pte_mksoft_dirty(zero_pte);
 ...>
}
