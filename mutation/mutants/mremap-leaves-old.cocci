// SPDX-License-Identifier: GPL-2.0
// broken: mremap copies the huge PMD instead of moving it
// seen: after mremap(2) with MREMAP_DONTUNMAP the old range still maps what moved
// claim: 3.3 hugezero_wp_map
// file: mm/huge_memory.c
// crash: zap_huge_pmd() withdraws one table for two PMDs and dies in the first test that moves anything,
//   before it has said a word
@@
@@
move_huge_pmd(...)
{
 <...
 	pmd = pmdp_huge_get_and_clear(...);
+	if (MUTANT)
+		set_pmd_at(mm, old_addr, old_pmd, pmd);
 ...>
}
