// SPDX-License-Identifier: GPL-2.0
// broken: the shrinker frees the huge zero page, whoever maps it
// seen: under memory pressure ranges that were only read turn into somebody's data
// claim: 3.7 hugezero_wp_reclaim
// file: mm/huge_memory.c
@@
@@
shrink_huge_zero_folio_count(...)
{
+	if (MUTANT && atomic_read(&huge_zero_refcount) > 0)
+		return HPAGE_PMD_NR;
	...
}

@@
@@
shrink_huge_zero_folio_scan(...)
{
	...
	struct folio *zero_folio;
+	if (MUTANT && atomic_read(&huge_zero_refcount) > 0)
+		atomic_set(&huge_zero_refcount, 1);
	...
}
