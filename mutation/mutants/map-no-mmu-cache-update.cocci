// SPDX-License-Identifier: GPL-2.0
// broken: the MMU's cache is not told of the new entry
// seen: nothing on x86
// claim: 1.2 hugezero_wp
// file: mm/huge_memory.c
// equivalent: update_mmu_cache_pmd() does nothing on x86 (arch/x86/include/asm/pgtable.h)
@@
@@
map_anon_folio_pmd_nopf(...)
{
 <...
+	if (!MUTANT)
 	update_mmu_cache_pmd(...);
 ...>
}
