// SPDX-License-Identifier: GPL-2.0
// broken: splitting a huge zero PMD shows the page table before its entries
// seen: nothing on x86
// claim: 5.1 hugezero_wp_fallback
// file: mm/huge_memory.c
// equivalent: smp_wmb() is a compiler barrier on x86, and pmd_populate() is a function that the compiler cannot reorder with
@@
@@
__split_huge_zero_page_pmd(...)
{
 <...
+	if (!MUTANT)
 	smp_wmb();
 ...>
}
