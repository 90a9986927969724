// SPDX-License-Identifier: GPL-2.0
// broken: pagemap does not tell userfaultfd's write protection of a huge PMD
// seen: bit 57 of a protected range is clear
// claim: 4.1 hugezero_wp_track
// file: fs/proc/task_mmu.c
@@
@@
pagemap_pmd_range_thp(...)
{
 <...
-	pmd_uffd(pmd)
+	(!MUTANT && pmd_uffd(pmd))
 ...>
}
