// SPDX-License-Identifier: GPL-2.0
// broken: mprotect makes a THP writable that userfaultfd protects
// seen: after PROT_READ and back a store raises no event
// claim: 4.1 hugezero_wp_track
// file: mm/huge_memory.c
@@
expression E1, E2;
@@
can_change_pmd_writable(...)
{
 <...
-	userfaultfd_huge_pmd_wp(E1, E2)
+	(!MUTANT && userfaultfd_huge_pmd_wp(E1, E2))
 ...>
}
