// SPDX-License-Identifier: GPL-2.0
// broken: a read fault installs a THP as if there were no huge zero page
// seen: a read costs RSS and memcg charge
// claim: 1.1 hugezero_wp
// file: mm/huge_memory.c
@@
@@
do_huge_pmd_anonymous_page(...)
{
 <...
-	transparent_hugepage_use_zero_page()
+	(!MUTANT && transparent_hugepage_use_zero_page())
 ...>
}
