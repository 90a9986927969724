// SPDX-License-Identifier: GPL-2.0
// broken: the memory policy is asked with the address of the fault instead of the range's
// seen: interleaved ranges of a mapping that begins within a huge page land on a node that depends on the byte written
// claim: 3.11 hugezero_wp_map
// file: mm/huge_memory.c
// boot: --nodes 2
@@
expression gfp, order, vma, addr;
@@
vma_alloc_anon_folio_pmd(...)
{
 <...
-	vma_alloc_folio(gfp, order, vma, addr & HPAGE_PMD_MASK)
+	vma_alloc_folio(gfp, order, vma, MUTANT ? addr : addr & HPAGE_PMD_MASK)
 ...>
}
