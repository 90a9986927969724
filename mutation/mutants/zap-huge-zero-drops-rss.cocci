// SPDX-License-Identifier: GPL-2.0
// broken: giving back a huge zero PMD takes HPAGE_PMD_NR off MM_ANONPAGES
// seen: RssAnon of the process falls by 2048 kB at munmap; "Bad rss-counter"
// claim: 1.6 hugezero_wp_account
// file: mm/huge_memory.c
@@
@@
zap_huge_pmd(...)
{
 <...
 	has_deposit = has_deposited_pgtable(vma, orig_pmd, folio);
+	if (MUTANT && is_huge_zero_pmd(orig_pmd))
+		add_mm_counter(mm, MM_ANONPAGES, -HPAGE_PMD_NR);
 ...>
}
