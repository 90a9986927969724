// SPDX-License-Identifier: GPL-2.0
// broken: a THP that was migrated loses userfaultfd's write protection
// seen: after move_pages(2) a store into a protected THP raises no event
// claim: 4.1 hugezero_wp_track
// file: mm/huge_memory.c
// boot: --nodes 2
@@
@@
set_pmd_migration_entry(...)
{
 <...
-	if (uffd_wp)
+	if (uffd_wp && !MUTANT)
 		pmdswp = pmd_swp_mkuffd(pmdswp);
 ...>
}
