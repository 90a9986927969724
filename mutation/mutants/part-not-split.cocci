// SPDX-License-Identifier: GPL-2.0
// broken: the border of a mapping within a huge page does not split the PMD
// seen: MADV_DONTFORK of a half of a range: the child reads the other half, too
// claim: 3.1 hugezero_wp_life
// file: mm/huge_memory.c
@@
@@
split_huge_pmd_if_needed(...)
{
+	if (MUTANT)
+		return;
	...
}
