// SPDX-License-Identifier: GPL-2.0
// broken: the huge page is charged to the memcg of the task that writes, not to that of the address space written to
// seen: process_vm_writev(2) and ptrace(2) from another memcg charge it instead of the target's
// claim: 2.2 hugezero_wp_kernel
// file: mm/huge_memory.c
@@
expression folio, E, gfp;
@@
vma_alloc_anon_folio_pmd(...)
{
 <...
-	mem_cgroup_charge(folio, E, gfp)
+	mem_cgroup_charge(folio, MUTANT && current->mm ? current->mm : E, gfp)
 ...>
}
