// SPDX-License-Identifier: GPL-2.0
// broken: the huge zero PMD is not marked special
// seen: the zero page is taken for a normal page: it shows up in smaps as Rss or in the log
// claim: 1.1 hugezero_wp
// file: mm/huge_memory.c
@@
@@
set_huge_zero_folio(...)
{
 <...
+	if (!MUTANT)
 	entry = pmd_mkspecial(entry);
 ...>
}
