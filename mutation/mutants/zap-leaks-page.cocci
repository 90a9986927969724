// SPDX-License-Identifier: GPL-2.0
// broken: unmapping a THP does not free it
// seen: 2 MiB stay charged to the memcg and away from the machine for each
// claim: 3.5 hugezero_wp_life
// file: mm/huge_memory.c
@@
@@
zap_huge_pmd(...)
{
 <...
+	if (!MUTANT)
 	tlb_remove_page_size(...);
 ...>
}
