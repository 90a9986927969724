// SPDX-License-Identifier: GPL-2.0
// broken: a write fault counts one more page table, as the first write to an empty range has to
// seen: VmPTE +4 kB; "non-zero pgtables_bytes" when the process exits
// claim: 1.6 hugezero_wp_account
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
 <...
 	map_anon_folio_pmd_pf(...);
+	if (MUTANT)
+		mm_inc_nr_ptes(vma->vm_mm);
 ...>
}
