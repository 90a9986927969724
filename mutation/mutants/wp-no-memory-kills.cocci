// SPDX-License-Identifier: GPL-2.0
// broken: a write fault without a huge page to be had reports that the machine is out of memory
// seen: at the memcg's limit for a huge page the process hangs in the fault or is killed, with 4 KiB to be had
// claim: 5.1 hugezero_wp_fallback
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
 <...
 	folio = vma_alloc_anon_folio_pmd(...);
+	if (MUTANT && !folio)
+		return VM_FAULT_OOM;
 ...>
}
