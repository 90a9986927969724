// SPDX-License-Identifier: GPL-2.0
// broken: unmapping a huge zero PMD gives the process's reference to the zero page back
// seen: the zero page is freed while the process maps it elsewhere; a warning at exit
// claim: 3.7 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
@@
zap_huge_pmd(...)
{
 <...
 	has_deposit = has_deposited_pgtable(...);
+	if (MUTANT && is_huge_zero_pmd(orig_pmd))
+		mm_put_huge_zero_folio(mm);
 ...>
}
