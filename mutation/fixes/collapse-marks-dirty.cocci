// SPDX-License-Identifier: GPL-2.0
// broken: folios that khugepaged makes of read-only memory are clean, and are dropped if another process gives them up
// seen: with the fix what a process gave up by MADV_FREE stays with the others
// claim: 3.6 hugezero_wp_reclaim
// bug: khugepaged leaves what it collapsed clean, and reclaim drops it
// file: mm/memory.c
@@
identifier entry;
expression vma;
@@
map_anon_folio_pte_nopf(...)
{
 <...
 	entry = pte_sw_mkyoung(entry);
+	entry = pte_mkdirty(entry);
 ...>
}
