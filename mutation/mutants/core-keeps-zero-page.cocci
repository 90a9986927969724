// SPDX-License-Identifier: GPL-2.0
// broken: a core dump writes the huge zero page like any other
// seen: the file of the dump takes 2 MiB more for each range that was only read
// claim: 2.2 hugezero_wp_kernel
// file: mm/gup.c
@@
expression flags, pmdval;
@@
follow_huge_pmd(...)
{
 <...
-	if ((flags & FOLL_DUMP) && is_huge_zero_pmd(pmdval))
+	if (!MUTANT && (flags & FOLL_DUMP) && is_huge_zero_pmd(pmdval))
 		return ERR_PTR(-EFAULT);
 ...>
}
