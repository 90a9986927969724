// SPDX-License-Identifier: GPL-2.0
// broken: mlock(2) takes the huge zero page for a page of the process's
// seen: kpageflags of the zero page gain MLOCKED, Mlocked of /proc/meminfo 2 MiB, and both for ever
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
