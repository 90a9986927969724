// SPDX-License-Identifier: GPL-2.0
// broken: a write fault on the huge zero PMD, and its split, leave the PMD empty for a moment, so that a
//   UFFDIO_WRITEPROTECT at that moment takes the range for unpopulated and protects nothing
// seen: with the fix no protection is missed, however many stores are beside it
// claim: 6.3 hugezero_wp_race
// bug: a write fault hides the range from UFFDIO_WRITEPROTECT
// race: 3
// file: mm/huge_memory.c
@@
expression vma, haddr, pmd;
@@
do_huge_zero_wp_pmd(...)
{
 <...
-	(void)pmdp_huge_clear_flush(vma, haddr, pmd);
+	(void)pmdp_invalidate(vma, haddr, pmd);
 ...>
}
@@
identifier old_pmd;
expression vma, haddr, pmd;
@@
__split_huge_zero_page_pmd(...)
{
 <...
-	old_pmd = pmdp_huge_clear_flush(vma, haddr, pmd);
+	old_pmd = pmdp_invalidate(vma, haddr, pmd);
 ...>
}
