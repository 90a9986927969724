// SPDX-License-Identifier: GPL-2.0
// broken: a change of protection makes all pages of a split THP dirty, and soft-dirty, if one of them is dirty
// seen: with the fix pages that were clean are clean after mprotect(), whatever folio they are of
// claim: 4.4 hugezero_wp_track
// bug: mprotect() of a split THP counts as writing to it
// file: mm/mprotect.c
@@
@@
change_pte_range(...)
{
 <...
-	const fpb_t flags = FPB_RESPECT_SOFT_DIRTY | FPB_RESPECT_WRITE;
+	const fpb_t flags = FPB_RESPECT_SOFT_DIRTY | FPB_RESPECT_WRITE | FPB_RESPECT_DIRTY;
 ...>
}
@@
identifier oldpte, vma, addr, ptep, nr_ptes;
@@
change_present_ptes(...)
{
 <...
-	oldpte = modify_prot_start_ptes(vma, addr, ptep, nr_ptes);
+	oldpte = ptep_modify_prot_start(vma, addr, ptep);
+	for (int i = 1; i < nr_ptes; i++) {
+		pte_t next = ptep_modify_prot_start(vma, addr + i * PAGE_SIZE, ptep + i);
+
+		if (pte_dirty(next) && !pte_dirty(oldpte))
+			oldpte = pte_mkdirty(oldpte);
+		if (pte_young(next))
+			oldpte = pte_mkyoung(oldpte);
+	}
 ...>
}
