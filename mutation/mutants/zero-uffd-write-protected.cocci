// SPDX-License-Identifier: GPL-2.0
// broken: a read fault maps the huge zero page with the bit of userfaultfd's write protection
// seen: pagemap bit 57; in a registered range the store raises an event that nobody asked for
// claim: 4.1 hugezero_wp_track
// file: mm/huge_memory.c
@@
@@
set_huge_zero_folio(...)
{
 <...
 	entry = folio_mk_pmd(...);
+	if (MUTANT)
+		entry = pmd_mkuffd(entry);
 ...>
}
