// SPDX-License-Identifier: GPL-2.0
// broken: MADV_DONTNEED leaves what is in swap
// seen: bytes that were dropped come back
// claim: 3.6 hugezero_wp_reclaim
// file: mm/memory.c
@@
@@
zap_nonpresent_ptes(...)
{
 <...
+	if (MUTANT && details && details->reclaim_pt)
+		return 1;
 	nr = swap_pte_batch(...);
 ...>
}
