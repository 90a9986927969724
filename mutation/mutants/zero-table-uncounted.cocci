// SPDX-License-Identifier: GPL-2.0
// broken: the page table that a huge zero PMD deposits is not counted
// seen: VmPTE +0 kB at the read, -4 kB at unmap; "non-zero pgtables_bytes" when the process exits
// claim: 1.6 hugezero_wp_account
// file: mm/huge_memory.c
@@
@@
set_huge_zero_folio(...)
{
 <...
+	if (!MUTANT)
 	mm_inc_nr_ptes(mm);
 ...>
}
