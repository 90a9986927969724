// SPDX-License-Identifier: GPL-2.0
// broken: fork does not copy a huge zero PMD: the child would fault it in by itself
// seen: the child's range is empty, and what userfaultfd had protected in it is lost
// claim: 3.1 hugezero_wp_life
// file: mm/huge_memory.c
@@
@@
copy_huge_pmd(...)
{
 <...
 	if (!vma_is_anonymous(dst_vma))
 		return 0;
+	if (MUTANT && is_huge_zero_pmd(pmd))
+		return 0;
 ...>
}
