// SPDX-License-Identifier: GPL-2.0
// broken: pagemap tells the first page of a THP for each of its pages
// seen: 512 addresses with one page frame number
// claim: 1.8 hugezero_wp_account
// file: fs/proc/task_mmu.c
@@
@@
pagemap_pmd_range_thp(...)
{
 <...
-	frame++;
+	frame += MUTANT ? 0 : 1;
 ...>
}
