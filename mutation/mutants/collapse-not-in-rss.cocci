// SPDX-License-Identifier: GPL-2.0
// broken: a collapse does not add what were zero pages to the RSS
// seen: after MADV_COLLAPSE RssAnon is 4 kB for a THP; "Bad rss-counter" when the process exits
// claim: 5.4 hugezero_wp_fallback
// file: mm/khugepaged.c
@@
@@
__collapse_huge_page_copy_succeeded(...)
{
 <...
+	if (!MUTANT)
 	add_mm_counter(vma->vm_mm, MM_ANONPAGES, 1);
 ...>
}
