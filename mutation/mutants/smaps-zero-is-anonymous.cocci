// SPDX-License-Identifier: GPL-2.0
// broken: smaps counts the huge zero page as Anonymous
// seen: Anonymous 2048 kB of a range that was only read
// claim: 1.1 hugezero_wp
// file: fs/proc/task_mmu.c
@@
@@
smaps_pmd_entry(...)
{
 <...
 	page = vm_normal_page_pmd(vma, addr, *pmd);
+	if (MUTANT && is_huge_zero_pmd(*pmd))
+		mss->anonymous += HPAGE_PMD_SIZE;
 ...>
}
