// SPDX-License-Identifier: GPL-2.0
// broken: a fault does not ask whether the mapping covers the whole range
// seen: a read at the edge of a mapping makes the unmapped addresses beside it readable
// claim: 1.12 hugezero_wp
// file: mm/huge_memory.c
@@
@@
do_huge_pmd_anonymous_page(...)
{
 <...
-	thp_vma_suitable_order(vma, haddr, PMD_ORDER)
+	(MUTANT || thp_vma_suitable_order(vma, haddr, PMD_ORDER))
 ...>
}
