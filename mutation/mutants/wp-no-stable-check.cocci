// SPDX-License-Identifier: GPL-2.0
// broken: a write fault does not look whether the OOM killer has begun to reap the address space
// seen: a THP is installed where the reaper has been: a dying process goes on with zeroes for its data
// claim: 6.3 hugezero_wp_race
// file: mm/huge_memory.c
// equivalent: but for one write of another process into one that is being killed. pmd_same() under the lock finds an
//   empty PMD wherever the reaper has been; between its mark and its visit a write that should get EFAULT gets a THP,
//   and the reaper takes that along
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
