// SPDX-License-Identifier: GPL-2.0
// broken: the THP is accounted for, but the PMD is not set
// seen: the store faults again, and gets a second THP at twice the RSS
// claim: 1.1 hugezero_wp_fallback
// file: mm/huge_memory.c
@@
@@
map_anon_folio_pmd_nopf(...)
{
 <...
+	if (!MUTANT)
 	set_pmd_at(...);
 ...>
}
