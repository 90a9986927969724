// SPDX-License-Identifier: GPL-2.0
// broken: the page to the right of those around the fault is not zeroed
// seen: one page near the one that was written holds old data, where the memory was dirty before
// claim: 1.5 hugezero_wp
// file: mm/memory.c
@@
expression E1, E2;
@@
folio_zero_user(...)
{
 <...
-	r[0] = DEFINE_RANGE(E1, E2);
+	r[0] = DEFINE_RANGE(MUTANT ? E1 + 1 : E1, E2);
 ...>
}
