// SPDX-License-Identifier: GPL-2.0
// broken: mincore(2) tells nothing of what a PMD maps
// seen: memory that was read, or written, as a huge page is not resident to mincore(2)
// claim: 1.1 hugezero_wp
// file: mm/mincore.c
@@
@@
mincore_pte_range(...)
{
	...
	if (ptl) {
-		memset(vec, 1, nr);
+		memset(vec, !MUTANT, nr);
		...
	}
	...
}
