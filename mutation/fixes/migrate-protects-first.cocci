// SPDX-License-Identifier: GPL-2.0
// broken: a migration entry that is writable comes back writable, although PAGEMAP_SCAN has protected it meanwhile
// seen: with the fix a page that was protected while it was moved does not count as written
// claim: 4.2 hugezero_wp_race
// bug: PAGEMAP_SCAN does not protect a page that is being moved
// race: 3
// file: mm/migrate.c
@@
@@
remove_migration_pte(...)
{
 <...
-		if (softleaf_is_migration_write(entry))
-			pte = pte_mkwrite(pte, vma);
-		else if (pte_swp_uffd(old_pte))
-			pte = pte_mkuffd(pte);
+		if (pte_swp_uffd(old_pte))
+			pte = pte_mkuffd(pte);
+		else if (softleaf_is_migration_write(entry))
+			pte = pte_mkwrite(pte, vma);
 ...>
}
