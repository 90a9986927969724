// SPDX-License-Identifier: GPL-2.0
// broken: a core dump takes a read-write-protected THP for memory that was never there
// seen: with the fix it has what a load would have found
// claim: 2.2 hugezero_wp_kernel
// bug: a core dump leaves out a THP that is read-write-protected
// file: mm/gup.c
@@
identifier pmdval;
@@
follow_pmd_mask(...)
{
 <...
 	if (pmd_protnone(pmdval) && !gup_can_follow_protnone(vma, flags))
-		return no_page_table(vma, flags, address);
+		return NULL;
 ...>
}
