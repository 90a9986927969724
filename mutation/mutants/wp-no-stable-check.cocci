// SPDX-License-Identifier: GPL-2.0
// broken: a write fault does not look whether the OOM killer has begun to reap the address space
// seen: a THP is installed where the reaper has been: a dying process goes on with zeroes for its data
// claim: 6.3 hugezero_wp_race
// file: mm/huge_memory.c
// equivalent: pmd_same() under the lock finds an empty PMD wherever the reaper has been; where it comes later,
//   it takes the THP along, and that was as zero as what it replaced
// race: 5
@@
expression E;
@@
do_huge_zero_wp_pmd(...)
{
 <...
-	check_stable_address_space(E)
+	(MUTANT ? 0 : check_stable_address_space(E))
 ...>
}
