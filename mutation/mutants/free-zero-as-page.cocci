// SPDX-License-Identifier: GPL-2.0
// broken: MADV_FREE takes the huge zero page for a page of the process's
// seen: nothing
// claim: 3.6 hugezero_wp_reclaim
// file: mm/huge_memory.c
// equivalent: folio_mark_lazyfree() leaves alone what is not anonymous, folio_check_splittable() refuses it for want of a
//   mapping, and the bits that pmd_mkold() and pmd_mkclean() clear are those that no claim is about
@@
@@
madvise_free_huge_pmd(...)
{
 <...
-	is_huge_zero_pmd(orig_pmd)
+	(!MUTANT && is_huge_zero_pmd(orig_pmd))
 ...>
}
