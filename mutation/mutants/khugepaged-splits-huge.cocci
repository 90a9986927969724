// SPDX-License-Identifier: GPL-2.0
// broken: khugepaged splits what is a huge PMD already
// seen: a range loses its huge zero page or its THP when khugepaged passes
// claim: 1.11 hugezero_wp
// file: mm/khugepaged.c
@@
@@
find_pmd_or_thp_or_none(...)
{
 <...
 	*pmd = mm_find_pmd(...);
+	if (MUTANT && *pmd && pmd_trans_huge(pmdp_get_lockless(*pmd)) &&
+	    (current->flags & PF_KTHREAD))
+		__split_huge_pmd(find_vma(mm, address), *pmd, address, false);
 ...>
}
