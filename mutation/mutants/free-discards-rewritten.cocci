// SPDX-License-Identifier: GPL-2.0
// broken: a THP that was written after MADV_FREE is given up nevertheless
// seen: the byte that was written last is lost under memory pressure
// claim: 3.6 hugezero_wp_reclaim
// unreachable: in 7.3 nobody calls unmap_huge_pmd_locked(), the only way to __discard_anon_folio_pmd_locked()
// file: mm/huge_memory.c
@@
expression E;
@@
__discard_anon_folio_pmd_locked(...)
{
 <...
-	folio_test_dirty(folio) && !E
+	!MUTANT && folio_test_dirty(folio) && !E
 ...>
}
