// SPDX-License-Identifier: GPL-2.0
// broken: fork takes two references to a THP
// seen: after the child's exit the parent's store copies or splits what is its own; the memory is never freed
// claim: 3.2 hugezero_wp_life
// file: mm/huge_memory.c
@@
@@
copy_huge_pmd(...)
{
 <...
 	folio_get(src_folio);
+	if (MUTANT)
+		folio_get(src_folio);
 ...>
}
