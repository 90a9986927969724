// SPDX-License-Identifier: GPL-2.0
// broken: the huge zero PMD is overwritten, neither cleared nor flushed before
// seen: another CPU that has read the range goes on reading the zero page
// claim: 6.2 hugezero_wp_race
// file: mm/huge_memory.c
// race: 5
@@
@@
do_huge_zero_wp_pmd(...)
{
 <...
+	if (!MUTANT) {
 	(void)pmdp_huge_clear_flush(...);
+	}
 ...>
}
