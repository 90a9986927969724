// SPDX-License-Identifier: GPL-2.0
// broken: the huge zero PMD is cleared without a TLB flush
// seen: another CPU that has read the range goes on reading the zero page
// claim: 6.2 hugezero_wp_race
// file: mm/huge_memory.c
// race: 5
@@
expression vma, haddr, pmd;
@@
do_huge_zero_wp_pmd(...)
{
 <...
-	(void)pmdp_huge_clear_flush(vma, haddr, pmd);
+	if (MUTANT)
+		(void)pmdp_huge_get_and_clear(vma->vm_mm, haddr, pmd);
+	else
+		(void)pmdp_huge_clear_flush(vma, haddr, pmd);
 ...>
}
