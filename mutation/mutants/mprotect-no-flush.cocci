// SPDX-License-Identifier: GPL-2.0
// broken: mprotect does not flush a THP from the TLB that it made read-only
// seen: a store goes through after mprotect(PROT_READ)
// claim: 3.4 hugezero_wp_map
// file: mm/huge_memory.c
// race: 5
@@
@@
change_huge_pmd(...)
{
 <...
-	if (huge_pmd_needs_flush(oldpmd, entry))
+	if (huge_pmd_needs_flush(oldpmd, entry) && !MUTANT)
 		tlb_flush_pmd_range(...);
 ...>
}
