// SPDX-License-Identifier: GPL-2.0
// broken: who finds that another thread was first keeps its huge page
// seen: threads that write to one range at once lose 2 MiB of memory each
// claim: 6.1 hugezero_wp_race
// file: mm/huge_memory.c
// race: 5
@@
@@
do_huge_zero_wp_pmd(...)
{
 <...
 release:
+	if (MUTANT)
+		goto unlock;
 	folio_put(folio);
 ...>
}
