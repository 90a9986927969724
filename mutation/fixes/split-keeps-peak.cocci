// SPDX-License-Identifier: GPL-2.0
// broken: VmHWM forgets what a THP held when a split maps the zero page for what is all zeros
// seen: with the fix VmHWM stays at the most that VmRSS ever was
// claim: 3.9 hugezero_wp_reclaim
// bug: a split that maps zero pages forgets the peak of memory
// file: mm/migrate.c
@@
identifier pvmw, folio;
@@
try_to_map_unused_to_zeropage(...)
{
 <...
+	update_hiwater_rss(pvmw->vma->vm_mm);
 	dec_mm_counter(pvmw->vma->vm_mm, mm_counter(folio));
 ...>
}
