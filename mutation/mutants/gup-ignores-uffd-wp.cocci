// SPDX-License-Identifier: GPL-2.0
// broken: get_user_pages() with FOLL_FORCE does not ask for userfaultfd's write protection
// seen: what /proc/self/mem writes into a protected read-only THP raises no event
// claim: 4.1 hugezero_wp_track
// file: mm/gup.c
@@
expression E1, E2;
@@
can_follow_write_pmd(...)
{
 <...
-	userfaultfd_huge_pmd_wp(E1, E2)
+	(!MUTANT && userfaultfd_huge_pmd_wp(E1, E2))
 ...>
}
