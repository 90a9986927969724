// SPDX-License-Identifier: GPL-2.0
// broken: clear_refs clears soft-dirty in the entry of a page that is being moved, and leaves it writable
// seen: with the fix each page that is written after clear_refs is soft-dirty, wherever it was meanwhile
// claim: 4.4 hugezero_wp_race
// bug: clear_refs leaves a page that is being moved writable
// race: 3
// file: fs/proc/task_mmu.c
@@
identifier ptent;
@@
clear_soft_dirty(...)
{
 <...
+	{
+		const softleaf_t entry = softleaf_from_pte(ptent);
+		const bool uffd = pte_swp_uffd(ptent);
+
+		if (softleaf_is_migration_write(entry)) {
+			ptent = swp_entry_to_pte(
+				make_readable_exclusive_migration_entry(
+					swp_offset(entry)));
+			if (uffd)
+				ptent = pte_swp_mkuffd(ptent);
+		}
+	}
 	ptent = pte_swp_clear_soft_dirty(ptent);
 ...>
}
