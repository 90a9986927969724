// SPDX-License-Identifier: GPL-2.0
// broken: UFFDIO_WRITEPROTECT does not mark a huge PMD
// seen: a store into a protected range raises no event
// claim: 4.1 hugezero_wp_track
// file: mm/huge_memory.c
@@
@@
change_huge_pmd(...)
{
 <...
-	entry = pmd_mkuffd(entry);
+	entry = MUTANT ? entry : pmd_mkuffd(entry);
 ...>
}
