// SPDX-License-Identifier: GPL-2.0
// broken: a THP that was migrated is mapped read-only
// seen: after move_pages(2) a store costs a fault
// claim: 1.10 hugezero_wp
// file: mm/huge_memory.c
// boot: --nodes 2
@@
@@
remove_migration_pmd(...)
{
 <...
+	if (!MUTANT)
 	pmde = pmd_mkwrite(pmde, vma);
 ...>
}
