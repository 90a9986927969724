// SPDX-License-Identifier: GPL-2.0
// broken: MADV_COLLAPSE of a range that is huge already fails
// seen: EINVAL for a range that maps the huge zero page
// claim: 3.12 hugezero_wp_map
// file: mm/khugepaged.c
@@
@@
check_pmd_state(...)
{
 <...
-	pmd_trans_huge(pmde)
+	(!MUTANT && pmd_trans_huge(pmde))
 ...>
}
