// SPDX-License-Identifier: GPL-2.0
// broken: a THP that is made writable again is not marked dirty
// seen: after clear_refs a store into the THP leaves the range without its soft-dirty bit
// claim: 4.4 hugezero_wp_track
// file: mm/huge_memory.c
@@
@@
do_huge_pmd_wp_page(...)
{
 <...
-	pmd_mkdirty(entry)
+	(MUTANT ? entry : pmd_mkdirty(entry))
 ...>
}
