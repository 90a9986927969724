// SPDX-License-Identifier: GPL-2.0
// broken: a read fault maps the huge zero page dirty
// seen: a range that was only read is soft-dirty
// claim: 4.4 hugezero_wp_track
// file: mm/huge_memory.c
@@
@@
set_huge_zero_folio(...)
{
 <...
 	entry = folio_mk_pmd(...);
+	if (MUTANT)
+		entry = pmd_mkdirty(entry);
 ...>
}
