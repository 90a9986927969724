// SPDX-License-Identifier: GPL-2.0
// broken: a read-only long-term pin of the huge zero page splits it
// seen: the pin ends with base pages, not with a THP
// claim: 4.6 hugezero_wp_track
// file: mm/huge_memory.c
@@
@@
do_huge_pmd_wp_page(...)
{
 <...
-	do_huge_zero_wp_pmd(vmf)
+	(MUTANT && unshare ? VM_FAULT_FALLBACK : do_huge_zero_wp_pmd(vmf))
 ...>
}
