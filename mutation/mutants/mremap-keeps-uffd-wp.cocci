// SPDX-License-Identifier: GPL-2.0
// broken: mremap keeps userfaultfd's write protection though the userfaultfd stays behind
// seen: pagemap bit 57 at the new place of a range that nobody watches
// claim: 4.1 hugezero_wp_track
// file: mm/huge_memory.c
@@
@@
move_huge_pmd(...)
{
 <...
-	vma_has_uffd_without_event_remap(vma)
+	(!MUTANT && vma_has_uffd_without_event_remap(vma))
 ...>
}
