// SPDX-License-Identifier: GPL-2.0
// broken: the huge page is not zeroed
// seen: a range that read as zeroes is full of somebody's old data after one byte was written
// claim: 1.5 hugezero_wp
// file: mm/huge_memory.c
@@
@@
vma_alloc_anon_folio_pmd(...)
{
 <...
+	if (!MUTANT)
 	folio_zero_user(...);
 ...>
}
