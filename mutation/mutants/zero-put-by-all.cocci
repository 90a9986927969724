// SPDX-License-Identifier: GPL-2.0
// broken: a process that never read a huge zero page gives a reference back when it exits
// seen: the zero page is freed while others map it
// claim: 3.7 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
expression E;
@@
mm_put_huge_zero_folio(...)
{
 <...
-	mm_flags_test(E, mm)
+	(MUTANT || mm_flags_test(E, mm))
 ...>
}
