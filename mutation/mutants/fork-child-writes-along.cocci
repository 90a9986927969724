// SPDX-License-Identifier: GPL-2.0
// broken: fork maps the parent's THP writable into the child
// seen: the parent sees what the child writes
// claim: 3.2 hugezero_wp_life
// file: mm/huge_memory.c
@@
@@
copy_huge_pmd(...)
{
 <...
+	if (!MUTANT)
 	pmd = pmd_wrprotect(pmd);
 ...>
}
