// SPDX-License-Identifier: GPL-2.0
// broken: clear_refs makes a THP clean that is pinned to be written
// seen: with the fix it stays soft-dirty for as long as it is pinned, as base pages do
// claim: 4.4 hugezero_wp_track
// bug: clearing soft-dirty forgets that a huge page is pinned
// file: fs/proc/task_mmu.c
@@
identifier vma, pmd;
@@
clear_soft_dirty_pmd(struct vm_area_struct *vma, ...)
{
 <...
 	if (pmd_present(pmd)) {
+		if (pmd_write(pmd) && vma_is_cow_mapping(vma) &&
+		    mm_flags_test(MMF_HAS_PINNED, vma->vm_mm) &&
+		    folio_maybe_dma_pinned(pmd_folio(pmd)))
+			return;
		...
 	} else if (...) {
		...
 	}
 ...>
}
