// SPDX-License-Identifier: GPL-2.0
// broken: the split of a huge zero PMD that userfaultfd read-write-protects makes accessible PTEs
// seen: loads of its pages raise no event after a part of the range was given another protection
// claim: 4.1 hugezero_wp_track
// file: mm/huge_memory.c
@@
identifier vma, old_pmd;
@@
__split_huge_zero_page_pmd(...)
{
 <...
-	if (userfaultfd_rwp(vma) && pmd_uffd(old_pmd))
+	if (!MUTANT && userfaultfd_rwp(vma) && pmd_uffd(old_pmd))
 	{ ... }
 ...>
}
