// SPDX-License-Identifier: GPL-2.0
// broken: the page table that a THP deposits is not counted when a range is written first
// seen: VmPTE +0 kB; "non-zero pgtables_bytes" when the process exits
// claim: 1.9 hugezero_wp_account
// file: mm/huge_memory.c
@@
@@
__do_huge_pmd_anonymous_page(...)
{
 <...
+	if (!MUTANT)
 	mm_inc_nr_ptes(...);
 ...>
}
