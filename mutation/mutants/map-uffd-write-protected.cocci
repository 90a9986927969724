// SPDX-License-Identifier: GPL-2.0
// broken: the THP is mapped with the bit of userfaultfd's write protection
// seen: pagemap bit 57; in a registered range the next store raises an event that nobody asked for
// claim: 1.8 hugezero_wp_account
// file: mm/huge_memory.c
@@
@@
map_anon_folio_pmd_nopf(...)
{
 <...
 	entry = maybe_pmd_mkwrite(...);
+	if (MUTANT)
+		entry = pmd_mkuffd(entry);
 ...>
}
