// SPDX-License-Identifier: GPL-2.0
// broken: fork copies a huge zero PMD without a reference of the child's to the zero page
// seen: the zero page is freed when the parent exits, while the child maps it
// claim: 3.7 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
@@
copy_huge_pmd(...)
{
 <...
+	if (!MUTANT)
 	mm_get_huge_zero_folio(dst_mm);
 ...>
}
