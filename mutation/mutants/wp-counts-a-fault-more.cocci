// SPDX-License-Identifier: GPL-2.0
// broken: a write fault is counted twice for the thread
// seen: getrusage(2) tells two minor faults for one store
// claim: 1.2 hugezero_wp
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
 <...
 	map_anon_folio_pmd_pf(...);
+	if (MUTANT)
+		current->min_flt++;
 ...>
}
