// SPDX-License-Identifier: GPL-2.0
// broken: the THP is mapped without the accessed bit
// seen: nothing
// claim: 1.9 hugezero_wp_account
// file: mm/huge_memory.c
// equivalent: the CPU sets _PAGE_ACCESSED in its walk for the very store that faulted, and a write by
//   get_user_pages() in touch_pmd() (FOLL_TOUCH)
@@
@@
map_anon_folio_pmd_nopf(...)
{
 <...
 	entry = maybe_pmd_mkwrite(...);
+	if (MUTANT)
+		entry = pmd_mkold(entry);
 ...>
}
