// SPDX-License-Identifier: GPL-2.0
// broken: unmapping a huge zero PMD leaves the page table that it had deposited
// seen: VmPTE does not fall at munmap; "non-zero pgtables_bytes" when the process exits
// claim: 1.6 hugezero_wp_account
// file: mm/huge_memory.c
@@
@@
has_deposited_pgtable(...)
{
 <...
-	is_huge_zero_pmd(pmdval)
+	(!MUTANT && is_huge_zero_pmd(pmdval))
 ...>
}
