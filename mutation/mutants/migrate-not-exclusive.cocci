// SPDX-License-Identifier: GPL-2.0
// broken: a THP that was migrated is mapped as if it were shared
// seen: kpageflags lack ANON_EXCLUSIVE after move_pages(2)
// claim: 1.10 hugezero_wp
// file: mm/huge_memory.c
// boot: --nodes 2
@@
@@
remove_migration_pmd(...)
{
 <...
+	if (!MUTANT)
 	rmap_flags |= RMAP_EXCLUSIVE;
 ...>
}
