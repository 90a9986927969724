// SPDX-License-Identifier: GPL-2.0
// broken: a write fault without a huge page to be had does not split the PMD
// seen: the store faults for ever
// claim: 5.1 hugezero_wp_fallback
// file: mm/huge_memory.c
@@
@@
do_huge_pmd_wp_page(...)
{
 <...
-	if (!(ret & VM_FAULT_FALLBACK))
+	if (MUTANT || !(ret & VM_FAULT_FALLBACK))
 		return ret;
 ...>
}
