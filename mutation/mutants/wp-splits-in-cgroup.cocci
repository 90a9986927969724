// SPDX-License-Identifier: GPL-2.0
// broken: a range of a process in a memory cgroup is split
// seen: outside of a cgroup a store gives a THP, within one 511 zero pages
// claim: 1.7 hugezero_wp_account
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
	...
	vm_fault_t ret = 0;
+	if (MUTANT) {
+		struct mem_cgroup *memcg = get_mem_cgroup_from_mm(vma->vm_mm);
+		bool limited = memcg && !mem_cgroup_is_root(memcg);
+
+		mem_cgroup_put(memcg);
+		if (limited)
+			return VM_FAULT_FALLBACK;
+	}
	...
}
