// SPDX-License-Identifier: GPL-2.0
// broken: a write by FOLL_FORCE needs no page of the process's own
// seen: what ptrace(2) writes into a PROT_READ range after fork appears in parent and child
// claim: 2.3 hugezero_wp_kernel
// file: mm/gup.c
@@
@@
can_follow_write_common(...)
{
 <...
-	PageAnonExclusive(page)
+	(MUTANT || PageAnonExclusive(page))
 ...>
}
