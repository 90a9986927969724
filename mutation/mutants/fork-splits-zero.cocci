// SPDX-License-Identifier: GPL-2.0
// broken: fork splits a huge zero PMD of the parent, as it has to for a pinned THP
// seen: after fork parent and child have 512 zero pages
// claim: 3.1 hugezero_wp_life
// file: mm/huge_memory.c
@@
@@
copy_huge_pmd(...)
{
 <...
 	if (!vma_is_anonymous(dst_vma))
 		return 0;
+	if (MUTANT && is_huge_zero_pmd(pmd)) {
+		__split_huge_pmd(src_vma, src_pmd, addr, false);
+		return -EAGAIN;
+	}
 ...>
}
