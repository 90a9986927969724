// SPDX-License-Identifier: GPL-2.0
// broken: fork gives the parent access to a range that its userfaultfd has made inaccessible
// seen: a load of the parent raises no event after a fork
// claim: 4.5 hugezero_wp_track
// file: mm/huge_memory.c
@@
@@
copy_huge_pmd(...)
{
 <...
 	pmdp_set_wrprotect(src_mm, addr, src_pmd);
+	if (MUTANT && userfaultfd_rwp(src_vma) && pmd_uffd(*src_pmd))
+		set_pmd_at(src_mm, addr, src_pmd,
+			   pmd_clear_uffd(pmd_modify(*src_pmd, src_vma->vm_page_prot)));
 ...>
}
