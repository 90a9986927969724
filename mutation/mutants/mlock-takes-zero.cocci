// SPDX-License-Identifier: GPL-2.0
// broken: mlock(2) takes the huge zero page for a page of the process's
// seen: the zero page becomes unevictable, and a bad page when it is freed
// claim: 3.12 hugezero_wp_map
// file: mm/mlock.c
@@
@@
mlock_pte_range(...)
{
 <...
-	is_huge_zero_pmd(*pmd)
+	(!MUTANT && is_huge_zero_pmd(*pmd))
 ...>
}
