// SPDX-License-Identifier: GPL-2.0
// broken: the page table that a copied PMD deposits is not counted for the child
// seen: VmPTE of the child is short of one table; "non-zero pgtables_bytes" when it exits
// claim: 3.1 hugezero_wp_life
// file: mm/huge_memory.c
@@
@@
copy_huge_pmd(...)
{
 <...
+	if (!MUTANT)
 	mm_inc_nr_ptes(dst_mm);
 ...>
}
