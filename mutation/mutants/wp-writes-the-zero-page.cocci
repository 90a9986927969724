// SPDX-License-Identifier: GPL-2.0
// broken: the write fault makes the huge zero PMD itself writable
// seen: the byte appears in every range of every process that maps the huge zero page
// claim: 1.5 hugezero_wp
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
	...
	vm_fault_t ret = 0;
+	if (MUTANT) {
+		pmd_t entry = pmd_mkwrite(pmd_mkdirty(vmf->orig_pmd), vma);
+
+		vmf->ptl = pmd_lock(vma->vm_mm, vmf->pmd);
+		if (pmd_same(pmdp_get(vmf->pmd), vmf->orig_pmd))
+			pmdp_set_access_flags(vma, haddr, vmf->pmd, entry, 1);
+		spin_unlock(vmf->ptl);
+		return 0;
+	}
	...
}
