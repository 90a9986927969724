// SPDX-License-Identifier: GPL-2.0
// broken: mprotect() makes a huge PMD accessible that userfaultfd read-write-protects
// seen: the next load raises no event
// claim: 4.1 hugezero_wp_track
// file: mm/huge_memory.c
@@
identifier vma, entry;
@@
change_huge_pmd(...)
{
 <...
-	if (userfaultfd_rwp(vma) && pmd_uffd(entry))
+	if (!MUTANT && userfaultfd_rwp(vma) && pmd_uffd(entry))
 		entry = pmd_modify(...);
 ...>
}
