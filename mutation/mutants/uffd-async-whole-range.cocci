// SPDX-License-Identifier: GPL-2.0
// broken: a store into a range with asynchronous write protection lifts it for the whole range
// seen: 512 pages count as written where one was
// claim: 4.2 hugezero_wp_track
// file: mm/memory.c
@@
expression E;
@@
wp_huge_pmd(...)
{
 <...
-	if (userfaultfd_wp_async(E))
+	if (MUTANT && userfaultfd_wp_async(E))
+		return do_huge_pmd_wp_page(vmf);
+	if (userfaultfd_wp_async(E))
 		goto split;
 ...>
}
