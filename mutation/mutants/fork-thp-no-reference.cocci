// SPDX-License-Identifier: GPL-2.0
// broken: fork takes no reference to a THP
// seen: the THP is freed when one of the two unmaps it, while the other uses it
// claim: 3.2 hugezero_wp_life
// crash: the THP is free while it is mapped, and the kernel may be the first who is given it
// file: mm/huge_memory.c
@@
@@
copy_huge_pmd(...)
{
 <...
+	if (!MUTANT)
 	folio_get(src_folio);
 ...>
}
