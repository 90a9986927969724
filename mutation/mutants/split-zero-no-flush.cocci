// SPDX-License-Identifier: GPL-2.0
// broken: splitting a huge zero PMD does not flush it from the TLB
// seen: the byte written afterwards is not seen by a CPU that had read the range
// claim: 5.1 hugezero_wp_fallback
// file: mm/huge_memory.c
// equivalent: what stays in the TLB is the huge zero page, read-only and as zero as the small one, and the
//   mm holds it until it exits; wp_page_copy() flushes the address that it writes (ptep_clear_flush())
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
