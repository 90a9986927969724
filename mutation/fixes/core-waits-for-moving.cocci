// SPDX-License-Identifier: GPL-2.0
// broken: a core dump takes a huge page that is being moved for one that was never there
// seen: with the fix it waits, and has all pages
// claim: 2.2 hugezero_wp_kernel
// bug: a core dump leaves out a THP that is being moved
// race: 3
// file: mm/gup.c
@@
identifier pmdval;
@@
follow_pmd_mask(...)
{
 <...
 	if (!pmd_present(pmdval))
-		return no_page_table(vma, flags, address);
+		return NULL;
 ...>
}

@@
identifier pmdval, ptl;
@@
follow_pmd_mask(...)
{
 <...
 	if (unlikely(!pmd_present(pmdval))) {
 		spin_unlock(ptl);
-		return no_page_table(vma, flags, address);
+		return pmd_none(pmdval) ?
+			no_page_table(vma, flags, address) : NULL;
 	}
 ...>
}
