// SPDX-License-Identifier: GPL-2.0
// broken: what goes to swap is taken for zeroes and not written there
// seen: a THP that was swapped out reads zero when it is back
// claim: 3.6 hugezero_wp_reclaim
// file: mm/page_io.c
@@
@@
swap_writeout(...)
{
 <...
-	is_folio_zero_filled(folio)
+	(MUTANT || is_folio_zero_filled(folio))
 ...>
}
