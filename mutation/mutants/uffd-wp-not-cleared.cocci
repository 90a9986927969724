// SPDX-License-Identifier: GPL-2.0
// broken: UFFDIO_WRITEPROTECT does not take the mark off a huge PMD
// seen: after the event was resolved the store raises it again, for ever
// claim: 4.1 hugezero_wp_track
// file: mm/huge_memory.c
@@
@@
change_huge_pmd(...)
{
 <...
-	entry = pmd_clear_uffd(entry);
+	entry = MUTANT ? entry : pmd_clear_uffd(entry);
 ...>
}
