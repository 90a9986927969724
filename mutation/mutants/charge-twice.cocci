// SPDX-License-Identifier: GPL-2.0
// broken: the huge page is charged twice
// seen: memory.current +4 MiB for one THP, and 2 MiB that stay charged for ever
// claim: 1.7 hugezero_wp_account
// file: mm/huge_memory.c
@@
@@
vma_alloc_anon_folio_pmd(...)
{
 <...
 	folio_throttle_swaprate(...);
+	if (MUTANT)
+		mem_cgroup_charge(folio, vma->vm_mm, gfp);
 ...>
}
