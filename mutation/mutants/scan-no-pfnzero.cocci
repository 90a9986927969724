// SPDX-License-Identifier: GPL-2.0
// broken: PAGEMAP_SCAN does not report PAGE_IS_PFNZERO for the huge zero page (kernels before mid 2025)
// seen: a huge zero range is present, but not PFNZERO
// claim: 1.1 hugezero_wp
// file: fs/proc/task_mmu.c
@@
@@
pagemap_thp_category(...)
{
 <...
-	is_huge_zero_pmd(pmd)
+	(!MUTANT && is_huge_zero_pmd(pmd))
 ...>
}
