// SPDX-License-Identifier: GPL-2.0
// broken: splitting the PMD of a THP loses the soft-dirty bit
// seen: after mprotect(2) of a part a THP that was written is no longer soft-dirty
// claim: 4.4 hugezero_wp_track
// file: mm/huge_memory.c
@@
@@
__split_huge_pmd_locked(...)
{
 <...
 	entry = mk_pte(...);
+	if (MUTANT) {
+		soft_dirty = false;
+		dirty = false;
+	}
 ...>
}
