// SPDX-License-Identifier: GPL-2.0
// broken: MADV_FREE leaves the dirty bit of a THP's PMD
// seen: under memory pressure the THP is not given up
// claim: 3.6 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
@@
madvise_free_huge_pmd(...)
{
 <...
+	if (!MUTANT)
 	orig_pmd = pmd_mkclean(orig_pmd);
 ...>
}
