// SPDX-License-Identifier: GPL-2.0
// broken: a range that is registered for read-write protection no longer stays protected
// seen: a fault of the first load after UFFDIO_UNREGISTER
// claim: 4.1 hugezero_wp_track
// file: mm/userfaultfd.c
@@
expression vma;
identifier mm_cp_flags;
@@
userfaultfd_clear_vma(...)
{
 <...
-	if (userfaultfd_rwp(vma))
+	if (!MUTANT && userfaultfd_rwp(vma))
 		mm_cp_flags |= MM_CP_UFFD_RWP_RESOLVE;
 ...>
}
