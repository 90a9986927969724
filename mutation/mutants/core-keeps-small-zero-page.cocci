// SPDX-License-Identifier: GPL-2.0
// broken: a core dump writes the small zero page like any other
// seen: the file of the dump takes as much more as was only read
// claim: 2.2 hugezero_wp_kernel
// file: mm/gup.c
@@
@@
follow_page_pte(...)
{
 <...
-	if (flags & FOLL_DUMP)
+	if (!MUTANT && (flags & FOLL_DUMP))
 	{
 		page = ERR_PTR(-EFAULT);
 		goto out;
 	}
 ...>
}
