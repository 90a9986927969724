// SPDX-License-Identifier: GPL-2.0
// broken: mremap drops userfaultfd's write protection though the userfaultfd goes along
// seen: with UFFD_FEATURE_EVENT_REMAP a store to the new place raises no event
// claim: 4.1 hugezero_wp_track
// file: mm/huge_memory.c
@@
@@
move_huge_pmd(...)
{
 <...
-	vma_has_uffd_without_event_remap(vma)
+	(MUTANT || vma_has_uffd_without_event_remap(vma))
 ...>
}
