// SPDX-License-Identifier: GPL-2.0
// broken: splitting a huge zero PMD does not flush it from the TLB
// seen: the byte written afterwards is not seen by a CPU that had read the range
// claim: 5.1 hugezero_wp_fallback
// file: mm/huge_memory.c
// race: 5
@@
expression E;
@@
__split_huge_zero_page_pmd(...)
{
 <...
-	pmdp_huge_clear_flush(vma, E, pmd)
+	(MUTANT ? pmdp_huge_get_and_clear(mm, E, pmd) : pmdp_huge_clear_flush(vma, E, pmd))
 ...>
}
