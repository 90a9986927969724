// SPDX-License-Identifier: GPL-2.0
// broken: the shrinker takes no THP for underused
// seen: under memory pressure a THP with one byte used stays whole: thp_underused_split_page +0
// claim: 3.9 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
@@
thp_underused(...)
{
+	if (MUTANT)
+		return false;
	...
}
