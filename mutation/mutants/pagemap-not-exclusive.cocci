// SPDX-License-Identifier: GPL-2.0
// broken: pagemap does not tell that a THP is mapped by one process only
// seen: bit 56 is clear after the write
// claim: 1.8 hugezero_wp_account
// file: fs/proc/task_mmu.c
@@
expression E1, E2;
@@
pagemap_pmd_range_thp(...)
{
 <...
-	__folio_page_mapped_exclusively(E1, E2)
+	(!MUTANT && __folio_page_mapped_exclusively(E1, E2))
 ...>
}
