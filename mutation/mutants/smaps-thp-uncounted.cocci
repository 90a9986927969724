// SPDX-License-Identifier: GPL-2.0
// broken: smaps does not count a THP as AnonHugePages
// seen: AnonHugePages 0 kB after the write
// claim: 1.9 hugezero_wp_account
// file: fs/proc/task_mmu.c
@@
@@
smaps_pmd_entry(...)
{
 <...
-	mss->anonymous_thp += HPAGE_PMD_SIZE;
+	mss->anonymous_thp += MUTANT ? 0 : HPAGE_PMD_SIZE;
 ...>
}
