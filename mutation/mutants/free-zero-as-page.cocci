// SPDX-License-Identifier: GPL-2.0
// broken: MADV_FREE takes the huge zero page for a page of the process's
// seen: the zero page is marked as one that reclaim may throw away
// claim: 3.6 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
@@
madvise_free_huge_pmd(...)
{
 <...
-	is_huge_zero_pmd(orig_pmd)
+	(!MUTANT && is_huge_zero_pmd(orig_pmd))
 ...>
}
