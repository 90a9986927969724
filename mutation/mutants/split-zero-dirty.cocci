// SPDX-License-Identifier: GPL-2.0
// broken: splitting a huge zero PMD marks the zero pages dirty
// seen: 512 pages are soft-dirty where one was written
// claim: 5.1 hugezero_wp_fallback
// file: mm/huge_memory.c
@@
@@
__split_huge_zero_page_pmd(...)
{
 <...
 	entry = pte_mkspecial(entry);
+	if (MUTANT)
+		entry = pte_mkdirty(entry);
 ...>
}
