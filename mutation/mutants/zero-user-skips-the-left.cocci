// SPDX-License-Identifier: GPL-2.0
// broken: pages before the one that was written are not zeroed
// seen: after a store far into the range its beginning holds old data, where the memory was dirty before
// claim: 1.5 hugezero_wp
// file: mm/memory.c
@@
expression E1, E2;
@@
folio_zero_user(...)
{
 <...
-	r[1] = DEFINE_RANGE(E1, E2);
+	r[1] = DEFINE_RANGE(MUTANT ? E2 + 1 : E1, E2);
 ...>
}
