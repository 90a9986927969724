// SPDX-License-Identifier: GPL-2.0
// broken: a write fault gives back the process's reference to the huge zero page, though it may map it elsewhere
// seen: after some writes the zero page is freed while it is mapped: other ranges read somebody's data
// claim: 3.7 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
 <...
 	map_anon_folio_pmd_pf(...);
+	if (MUTANT)
+		mm_put_huge_zero_folio(vma->vm_mm);
 ...>
}
