// SPDX-License-Identifier: GPL-2.0
// broken: a write fault reports VM_FAULT_SIGBUS though it installed the THP
// seen: the first store dies of SIGBUS, read(2) into the range fails with EFAULT
// claim: 1.2 hugezero_wp
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
 <...
 	map_anon_folio_pmd_pf(...);
+	if (MUTANT)
+		ret = VM_FAULT_SIGBUS;
 ...>
}
