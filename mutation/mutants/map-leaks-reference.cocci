// SPDX-License-Identifier: GPL-2.0
// broken: the THP gets one reference too many
// seen: it is never freed: 2 MiB are lost with each; it can neither be split nor migrated
// claim: 3.5 hugezero_wp_life
// file: mm/huge_memory.c
@@
@@
map_anon_folio_pmd_nopf(...)
{
 <...
 	set_pmd_at(...);
+	if (MUTANT)
+		folio_get(folio);
 ...>
}
