// SPDX-License-Identifier: GPL-2.0
// broken: the first access maps the huge zero page even where it is a write
// seen: a range that is written first costs two faults
// claim: 1.9 hugezero_wp_account
// file: mm/huge_memory.c
@@
@@
do_huge_pmd_anonymous_page(...)
{
 <...
-	vmf->flags & FAULT_FLAG_WRITE
+	(MUTANT ? 0 : vmf->flags & FAULT_FLAG_WRITE)
 ...>
}
