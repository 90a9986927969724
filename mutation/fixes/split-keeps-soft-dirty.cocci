// SPDX-License-Identifier: GPL-2.0
// broken: the split of the huge zero PMD makes PTEs without the soft-dirty bit of the PMD
// seen: with the fix a range that was moved is still soft-dirty after a part of it was protected
// claim: 4.4 hugezero_wp_track
// bug: splitting the huge zero PMD loses soft-dirty
// file: mm/huge_memory.c
@@
@@
__split_huge_zero_page_pmd(...)
{
 <...
 		entry = pte_mkspecial(entry);
+		if (pmd_soft_dirty(old_pmd))
+			entry = pte_mksoft_dirty(entry);
 ...>
}
