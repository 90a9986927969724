// SPDX-License-Identifier: GPL-2.0
// broken: fork gives the child access to a range that its userfaultfd has made inaccessible
// seen: a load of the child raises no event, though EVENT_FORK has its userfaultfd follow it
// claim: 4.5 hugezero_wp_track
// file: mm/huge_memory.c
@@
expression E1;
@@
copy_huge_pmd(...)
{
 <...
-	if (!userfaultfd_protected(E1))
+	if (MUTANT && userfaultfd_rwp(E1))
+		pmd = pmd_clear_uffd(pmd_modify(pmd, E1->vm_page_prot));
+	if (!userfaultfd_protected(E1))
 	{
 	...
 	}
 ...>
}
