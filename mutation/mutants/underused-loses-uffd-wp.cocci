// SPDX-License-Identifier: GPL-2.0
// broken: pages of an underused THP that become zero pages lose userfaultfd's write protection (fixed in 6.17)
// seen: under memory pressure a protected range stops raising events
// claim: 3.9 hugezero_wp_reclaim
// file: mm/migrate.c
@@
@@
try_to_map_unused_to_zeropage(...)
{
 <...
+	if (!MUTANT)
 	newpte = pte_mkuffd(newpte);
 ...>
}
