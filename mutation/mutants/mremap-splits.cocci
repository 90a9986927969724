// SPDX-License-Identifier: GPL-2.0
// broken: mremap cannot move a huge PMD whole
// seen: a range that was moved has 512 zero pages, a THP 512 base pages
// claim: 3.3 hugezero_wp_map
// file: mm/huge_memory.c
@@
@@
move_huge_pmd(...)
{
	...
	bool force_flush = false;
+	if (MUTANT)
+		return false;
	...
}
