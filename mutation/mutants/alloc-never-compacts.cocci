// SPDX-License-Identifier: GPL-2.0
// broken: the huge page is asked for without direct reclaim and compaction
// seen: in fragmented memory a write fault splits although MADV_HUGEPAGE asks to compact first
// claim: 5.4 hugezero_wp_fallback
// file: mm/huge_memory.c
@@
@@
vma_alloc_anon_folio_pmd(...)
{
	...
	struct folio *folio;
+	if (MUTANT)
+		gfp &= ~__GFP_DIRECT_RECLAIM;
	...
}
