// SPDX-License-Identifier: GPL-2.0
// broken: fork gives the child access to a range that its userfaultfd has made inaccessible
// seen: a load of the child raises no event, though EVENT_FORK has its userfaultfd follow it
// claim: 4.5 hugezero_wp_track
// file: mm/huge_memory.c
@@
expression pmd;
@@
copy_huge_pmd(...)
{
 <...
 	pmd = pmd_mkold(pmd);
+	if (MUTANT && userfaultfd_rwp(dst_vma))
+		pmd = pmd_clear_uffd(pmd_modify(pmd, dst_vma->vm_page_prot));
 ...>
}
