// SPDX-License-Identifier: GPL-2.0
// broken: a THP shared after fork is reused by the first who writes
// seen: parent and child see each other's bytes
// claim: 3.2 hugezero_wp_life
// file: mm/huge_memory.c
@@
expression E1, E2;
@@
do_huge_pmd_wp_page(...)
{
 <...
 	if (
-	    folio_ref_count(folio) > E1
+	    !MUTANT && folio_ref_count(folio) > E1
 	   )
 		goto unlock_fallback;
 ...
 	if (
-	    folio_ref_count(folio) == E2
+	    MUTANT || folio_ref_count(folio) == E2
 	   )
 	{ ... }
 ...>
}
