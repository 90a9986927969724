// SPDX-License-Identifier: GPL-2.0
// broken: MADV_FREE leaves a THP as it is
// seen: under memory pressure the THP is not given up
// claim: 3.6 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
@@
madvise_free_huge_pmd(...)
{
	...
	bool ret = false;
+	if (MUTANT)
+		return true;
	...
}
