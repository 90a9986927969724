// SPDX-License-Identifier: GPL-2.0
// broken: after the THP is mapped, the fault reports VM_FAULT_FALLBACK, so that it is split at once
// seen: 512 anonymous pages instead of one PMD; thp_split_pmd stays, thp_fault_alloc +1
// claim: 1.2 hugezero_wp
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
 <...
 	map_anon_folio_pmd_pf(...);
+	if (MUTANT)
+		ret = VM_FAULT_FALLBACK;
 ...>
}
