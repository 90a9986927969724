// SPDX-License-Identifier: GPL-2.0
// broken: the huge zero page is born without the shrinker's reference
// seen: the first process that exits drops the last one: a warning, and a second zero page for the next one
// claim: 3.7 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
expression E;
@@
get_huge_zero_folio(...)
{
 <...
-	atomic_set_release(&huge_zero_refcount, E);
+	atomic_set_release(&huge_zero_refcount, MUTANT ? 1 : E);
 ...>
}
