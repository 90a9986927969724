// SPDX-License-Identifier: GPL-2.0
// broken: a change of a huge PMD's protection is counted as one of NUMA balancing, whoever asked for it
// seen: with the fix numa_huge_pte_updates of /proc/vmstat stays as it is over an mprotect()
// claim: 3.4 hugezero_wp_map
// bug: a change of protection counts as NUMA balancing
// file: mm/mprotect.c
@@
identifier n;
@@
change_pmd_range(...)
{
 <...
-	if (n)
+	if (n && (cp_flags & MM_CP_PROT_NUMA))
 		count_vm_numa_events(NUMA_HUGE_PTE_UPDATES, n);
 ...>
}
