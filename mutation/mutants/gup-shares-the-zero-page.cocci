// SPDX-License-Identifier: GPL-2.0
// broken: a read-only long-term pin takes the huge zero page itself
// seen: the pinned page stays 0 whatever is stored afterwards
// claim: 4.6 hugezero_wp_track
// file: mm/gup.c
@@
expression E1, E2, E3;
@@
follow_huge_pmd(...)
{
 <...
-	gup_must_unshare(E1, E2, E3)
+	(!MUTANT && gup_must_unshare(E1, E2, E3))
 ...>
}
