// SPDX-License-Identifier: GPL-2.0
// broken: the write fault takes the huge zero page for an anonymous page with one reference, and reuses it
// seen: the byte appears in every range of every process that maps the huge zero page
// claim: 1.5 hugezero_wp
// file: mm/huge_memory.c
@@
@@
do_huge_pmd_wp_page(...)
{
 <...
-	is_huge_zero_pmd(orig_pmd)
+	(!MUTANT && is_huge_zero_pmd(orig_pmd))
 ...>
}
