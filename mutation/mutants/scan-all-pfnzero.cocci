// SPDX-License-Identifier: GPL-2.0
// broken: PAGEMAP_SCAN calls any THP the zero page
// seen: PAGE_IS_PFNZERO after the write
// claim: 1.2 hugezero_wp
// file: fs/proc/task_mmu.c
@@
@@
pagemap_thp_category(...)
{
 <...
-	is_huge_zero_pmd(pmd)
+	(MUTANT || is_huge_zero_pmd(pmd))
 ...>
}
