// SPDX-License-Identifier: GPL-2.0
// broken: unmapping a THP does not note its range for the TLB flush
// seen: after MADV_DONTNEED another CPU, or this one, goes on reading the old bytes
// claim: 3.5 hugezero_wp_life
// file: mm/huge_memory.c
// race: 5
@@
@@
zap_huge_pmd(...)
{
 <...
+	if (!MUTANT)
 	tlb_remove_pmd_tlb_entry(...);
 ...>
}
