// SPDX-License-Identifier: GPL-2.0
// broken: a read fault maps the huge zero page writable
// seen: the first store goes into the page that all processes share, and costs no fault
// claim: 1.5 hugezero_wp
// file: mm/huge_memory.c
@@
@@
set_huge_zero_folio(...)
{
 <...
 	entry = folio_mk_pmd(...);
+	if (MUTANT)
+		entry = pmd_mkwrite(pmd_mkdirty(entry), vma);
 ...>
}
