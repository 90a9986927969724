// SPDX-License-Identifier: GPL-2.0
// broken: mremap does not flush the old address from the TLB
// seen: the old address goes on working after mremap(2), for this CPU or another
// claim: 3.3 hugezero_wp_map
// file: mm/huge_memory.c
// race: 5
@@
@@
move_huge_pmd(...)
{
 <...
-	if (force_flush)
+	if (force_flush && !MUTANT)
 		flush_pmd_tlb_range(...);
 ...>
}
