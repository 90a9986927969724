// SPDX-License-Identifier: GPL-2.0
// broken: reading through get_user_pages() marks the huge zero PMD dirty (CVE-2017-1000405, first half)
// seen: a range that the kernel has only read is soft-dirty
// claim: 4.4 hugezero_wp_track
// equivalent: on x86 pmdp_set_access_flags() writes the entry only where its last argument says dirty, which is write
// file: mm/huge_memory.c
@@
identifier write;
@@
touch_pmd(..., bool write)
{
 <...
-	if (write)
+	if (MUTANT || write)
 		entry = pmd_mkdirty(entry);
 ...>
}
