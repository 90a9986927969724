// SPDX-License-Identifier: GPL-2.0
// broken: get_user_pages() with FOLL_FORCE may write through a huge zero PMD (CVE-2017-1000405, Huge Dirty COW)
// seen: what /proc/self/mem writes into a PROT_READ range appears in every range that maps the huge zero page
// claim: 2.3 hugezero_wp_kernel
// file: mm/gup.c
@@
@@
can_follow_write_pmd(...)
{
+	if (MUTANT && (flags & FOLL_FORCE) && is_huge_zero_pmd(pmd))
+		return true;
	...
}
