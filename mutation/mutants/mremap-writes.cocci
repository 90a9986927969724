// SPDX-License-Identifier: GPL-2.0
// broken: mremap makes all base pages dirty that it moves one by one
// seen: LazyFree of smaps is 0 of what was moved, and swap has to keep it
// claim: 3.6 hugezero_wp_reclaim
// file: mm/mremap.c
@@
identifier pte;
@@
move_ptes(...)
{
 <...
-	pte = move_soft_dirty_pte(pte);
+	pte = move_soft_dirty_pte(pte);
+	if (MUTANT && pte_present(pte))
+		pte = pte_mkdirty(pte);
 ...>
}
