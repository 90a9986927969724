// SPDX-License-Identifier: GPL-2.0
// broken: a collapse does not ask for userfaultfd's write protection
// seen: after MADV_COLLAPSE a protected range raises no events
// claim: 4.1 hugezero_wp_track
// file: mm/khugepaged.c
@@
expression E;
@@
collapse_scan_pmd(...)
{
 <...
-	pte_uffd(E)
+	(!MUTANT && pte_uffd(E))
 ...>
}

@@
expression E;
@@
__collapse_huge_page_isolate(...)
{
 <...
-	pte_uffd(E)
+	(!MUTANT && pte_uffd(E))
 ...>
}
