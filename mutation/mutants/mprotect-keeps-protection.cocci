// SPDX-License-Identifier: GPL-2.0
// broken: mprotect leaves a huge PMD as it was
// seen: a store into a THP goes through after mprotect(PROT_READ), a read after PROT_NONE
// claim: 3.4 hugezero_wp_map
// file: mm/huge_memory.c
@@
@@
change_huge_pmd(...)
{
 <...
-	pmd_modify(oldpmd, newprot)
+	(MUTANT ? oldpmd : pmd_modify(oldpmd, newprot))
 ...>
}
