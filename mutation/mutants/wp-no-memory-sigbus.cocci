// SPDX-License-Identifier: GPL-2.0
// broken: a write fault without a huge page to be had reports VM_FAULT_SIGBUS
// seen: at the memcg's limit a store dies of SIGBUS, read(2) fails with EFAULT
// claim: 5.1 hugezero_wp_fallback
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
 <...
 	folio = vma_alloc_anon_folio_pmd(...);
+	if (MUTANT && !folio)
+		return VM_FAULT_SIGBUS;
 ...>
}
