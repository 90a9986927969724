// SPDX-License-Identifier: GPL-2.0
// broken: splitting the PMD of a THP loses userfaultfd's write protection
// seen: after munmap(2) of a part the rest of a protected THP raises no events
// claim: 4.1 hugezero_wp_track
// file: mm/huge_memory.c
@@
@@
__split_huge_pmd_locked(...)
{
 <...
+	if (!MUTANT)
 	entry = pte_mkuffd(entry);
 ...>
}
