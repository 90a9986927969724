// SPDX-License-Identifier: GPL-2.0
// broken: fork takes the read-write protection of a huge PMD away and leaves it inaccessible to the child
// seen: a fault of the child's first load, which nobody asked for
// claim: 4.5 hugezero_wp_track
// file: mm/huge_memory.c
@@
expression vma, pmd;
@@
copy_huge_pmd(...)
{
 <...
-	pmd = pmd_modify(pmd, vma->vm_page_prot);
+	if (!MUTANT)
+		pmd = pmd_modify(pmd, vma->vm_page_prot);
 ...>
}
