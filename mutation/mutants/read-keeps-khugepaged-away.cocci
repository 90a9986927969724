// SPDX-License-Identifier: GPL-2.0
// broken: a fault does not tell khugepaged of the process
// seen: nothing in a range with MADV_HUGEPAGE
// claim: 1.11 hugezero_wp
// file: mm/huge_memory.c
// equivalent: the claims are about ranges with MADV_HUGEPAGE, for which hugepage_madvise() has called khugepaged_enter_vma()
@@
@@
do_huge_pmd_anonymous_page(...)
{
 <...
+	if (!MUTANT)
 	khugepaged_enter_vma(...);
 ...>
}
