// SPDX-License-Identifier: GPL-2.0
// broken: who asks for pages by reference gets those of a read-write-protected huge PMD without a fault
// seen: process_vm_readv() raises no event
// claim: 4.1 hugezero_wp_track
// file: mm/gup.c
@@
expression vma, flags;
@@
follow_pmd_mask(...)
{
 <...
-	gup_can_follow_protnone(vma, flags)
+	(MUTANT || gup_can_follow_protnone(vma, flags))
 ...>
}

@@
expression vma, flags;
@@
follow_huge_pmd(...)
{
 <...
-	gup_can_follow_protnone(vma, flags)
+	(MUTANT || gup_can_follow_protnone(vma, flags))
 ...>
}
