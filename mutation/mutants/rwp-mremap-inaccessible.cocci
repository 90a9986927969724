// SPDX-License-Identifier: GPL-2.0
// broken: mremap() takes the read-write protection of a huge PMD away and leaves it inaccessible
// seen: a fault of the first load at the new place, which nobody asked for
// claim: 4.1 hugezero_wp_track
// file: mm/huge_memory.c
@@
expression vma, pmd;
@@
move_huge_pmd(...)
{
 <...
-	pmd = pmd_modify(pmd, vma->vm_page_prot);
+	if (!MUTANT)
+		pmd = pmd_modify(pmd, vma->vm_page_prot);
 ...>
}
