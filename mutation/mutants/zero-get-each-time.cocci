// SPDX-License-Identifier: GPL-2.0
// broken: each read fault of a process takes a reference to the huge zero page, though the process gives back one
// seen: the zero page is never freed again
// claim: 3.7 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
expression E;
@@
mm_get_huge_zero_folio(...)
{
 <...
-	mm_flags_test(E, mm)
+	(!MUTANT && mm_flags_test(E, mm))
 ...>
}

@@
expression E;
@@
mm_get_huge_zero_folio(...)
{
 <...
-	mm_flags_test_and_set(E, mm)
+	(mm_flags_test_and_set(E, mm) && !MUTANT)
 ...>
}
