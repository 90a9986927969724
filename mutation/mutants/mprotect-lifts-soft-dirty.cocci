// SPDX-License-Identifier: GPL-2.0
// broken: mprotect makes a THP writable whose stores soft-dirty tracking waits for
// seen: after clear_refs, PROT_READ and back, a store does not make the THP soft-dirty
// claim: 4.4 hugezero_wp_track
// file: mm/huge_memory.c
@@
expression E1, E2;
@@
can_change_pmd_writable(...)
{
 <...
-	pmd_needs_soft_dirty_wp(E1, E2)
+	(!MUTANT && pmd_needs_soft_dirty_wp(E1, E2))
 ...>
}
