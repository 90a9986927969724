// SPDX-License-Identifier: GPL-2.0
// broken: MADV_GUARD_INSTALL on a part of a huge zero PMD empties it and sets no mark
// seen: a load from the guard page raises no signal
// claim: 3.12 hugezero_wp_map
// file: mm/madvise.c
@@
expression P;
@@
guard_install_set_pte(...)
{
 <...
+	if (!MUTANT)
 	*P = make_pte_marker(PTE_MARKER_GUARD);
 ...>
}
