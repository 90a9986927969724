// SPDX-License-Identifier: GPL-2.0
// broken: the THP is mapped as special, as the huge zero page is
// seen: the kernel does not take it for a page: no smaps, a bad page map in the log, a leak at unmap
// claim: 1.6 hugezero_wp_account
// file: mm/huge_memory.c
@@
@@
map_anon_folio_pmd_nopf(...)
{
 <...
 	entry = maybe_pmd_mkwrite(...);
+	if (MUTANT)
+		entry = pmd_mkspecial(entry);
 ...>
}
