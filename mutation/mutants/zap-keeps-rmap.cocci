// SPDX-License-Identifier: GPL-2.0
// broken: unmapping a THP leaves its map count
// seen: a bad page state in the log when it is freed
// claim: 3.5 hugezero_wp_life
// file: mm/huge_memory.c
@@
@@
zap_huge_pmd_folio(...)
{
 <...
+	if (!MUTANT)
 	folio_remove_rmap_pmd(...);
 ...>
}
