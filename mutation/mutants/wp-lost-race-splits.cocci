// SPDX-License-Identifier: GPL-2.0
// broken: who finds that another thread was first falls back, which splits what that one installed
// seen: threads that write to one range at once end with 512 base pages
// claim: 6.1 hugezero_wp_race
// file: mm/huge_memory.c
// race: 5
@@
@@
do_huge_zero_wp_pmd(...)
{
 <...
+	if (MUTANT && !ret)
+		ret = VM_FAULT_FALLBACK;
 	folio_put(folio);
 ...>
}
