// SPDX-License-Identifier: GPL-2.0
// broken: the THP of a write fault is mapped without the write bit
// seen: the store faults a second time
// claim: 1.2 hugezero_wp
// file: mm/huge_memory.c
@@
@@
map_anon_folio_pmd_nopf(...)
{
 <...
 	entry = maybe_pmd_mkwrite(...);
+	if (MUTANT)
+		entry = pmd_wrprotect(entry);
 ...>
}
