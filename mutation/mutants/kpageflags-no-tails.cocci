// SPDX-License-Identifier: GPL-2.0
// broken: kpageflags does not tell the tail pages of a compound page
// seen: one head and 511 pages of no kind
// claim: 1.8 hugezero_wp_account
// file: fs/proc/page.c
@@
@@
stable_page_flags(...)
{
 <...
-	u |= BIT_ULL(KPF_COMPOUND_TAIL);
+	u |= MUTANT ? 0 : BIT_ULL(KPF_COMPOUND_TAIL);
 ...>
}
