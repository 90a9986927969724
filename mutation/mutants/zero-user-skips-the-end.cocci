// SPDX-License-Identifier: GPL-2.0
// broken: the last page after the one that was written is not zeroed
// seen: the last 4 KiB of the range hold old data, where the memory was dirty before
// claim: 1.5 hugezero_wp
// file: mm/memory.c
@@
expression E1, E2;
@@
folio_zero_user(...)
{
 <...
-	r[0] = DEFINE_RANGE(E1, E2);
+	r[0] = DEFINE_RANGE(E1, MUTANT ? E2 - 1 : E2);
 ...>
}
