// SPDX-License-Identifier: GPL-2.0
// broken: the THP is not marked as belonging to this process alone
// seen: kpageflags lack ANON_EXCLUSIVE; mprotect(2) and a read-only pin cost faults they need not
// claim: 1.9 hugezero_wp_account
// file: mm/huge_memory.c
@@
expression folio, vma, haddr;
@@
map_anon_folio_pmd_nopf(...)
{
 <...
-	folio_add_new_anon_rmap(folio, vma, haddr, RMAP_EXCLUSIVE);
+	folio_add_new_anon_rmap(folio, vma, haddr, MUTANT ? RMAP_NONE : RMAP_EXCLUSIVE);
 ...>
}
