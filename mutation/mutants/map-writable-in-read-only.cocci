// SPDX-License-Identifier: GPL-2.0
// broken: the THP is mapped writable whatever the mapping allows
// seen: after a write by FOLL_FORCE into a PROT_READ mapping a plain store to it goes through
// claim: 2.3 hugezero_wp_kernel
// file: mm/huge_memory.c
@@
@@
map_anon_folio_pmd_nopf(...)
{
 <...
 	entry = maybe_pmd_mkwrite(...);
+	if (MUTANT)
+		entry = pmd_mkwrite(entry, vma);
 ...>
}
