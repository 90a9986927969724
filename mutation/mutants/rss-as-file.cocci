// SPDX-License-Identifier: GPL-2.0
// broken: the THP is added to MM_FILEPAGES
// seen: RssFile +2048 kB and RssAnon +0; "Bad rss-counter" when the process exits
// claim: 1.6 hugezero_wp_account
// file: mm/huge_memory.c
@@
expression member, E;
@@
map_anon_folio_pmd_pf(...)
{
 <...
-	add_mm_counter(vma->vm_mm, member, E);
+	add_mm_counter(vma->vm_mm, MUTANT ? MM_FILEPAGES : member, E);
 ...>
}
