// SPDX-License-Identifier: GPL-2.0
// broken: a write fault reports VM_FAULT_MAJOR
// seen: one major fault more and one minor fault less: nothing was read from a disk
// claim: 1.2 hugezero_wp
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
 <...
 	map_anon_folio_pmd_pf(...);
+	if (MUTANT)
+		ret = VM_FAULT_MAJOR;
 ...>
}
