// SPDX-License-Identifier: GPL-2.0
// broken: a core dump takes any huge page for the huge zero page
// seen: the dump is zero where the process had written
// claim: 2.2 hugezero_wp_kernel
// file: mm/gup.c
@@
expression E;
@@
follow_huge_pmd(...)
{
 <...
 	assert_spin_locked(E);
+	if (MUTANT && (flags & FOLL_DUMP))
+		return ERR_PTR(-EFAULT);
 ...>
}
