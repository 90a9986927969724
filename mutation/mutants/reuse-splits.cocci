// SPDX-License-Identifier: GPL-2.0
// broken: a THP that was write-protected for a time is split by the next store, though it belongs to this process alone
// seen: after clear_refs or mprotect(2) a store leaves 512 base pages of a THP
// claim: 4.4 hugezero_wp_track
// file: mm/huge_memory.c
@@
@@
do_huge_pmd_wp_page(...)
{
 <...
 	page = pmd_page(orig_pmd);
+	if (MUTANT) {
+		spin_unlock(vmf->ptl);
+		goto fallback;
+	}
 ...>
}
