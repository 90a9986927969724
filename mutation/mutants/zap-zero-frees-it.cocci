// SPDX-License-Identifier: GPL-2.0
// broken: unmapping a huge zero PMD frees the zero page
// seen: ranges of other processes read somebody's data
// claim: 3.7 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
@@
zap_huge_pmd(...)
{
 <...
 	has_deposit = has_deposited_pgtable(...);
+	if (MUTANT && is_huge_zero_pmd(orig_pmd))
+		folio_put(pmd_folio(orig_pmd));
 ...>
}
