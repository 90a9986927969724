// SPDX-License-Identifier: GPL-2.0
// broken: fork does not note that a pinned THP cannot be shared
// seen: after fork the kernel writes into a page that the parent no longer maps
// claim: 2.2 hugezero_wp_kernel
// file: mm/gup.c
@@
@@
mm_set_has_pinned_flag(...)
{
+	if (MUTANT)
+		return;
	...
}
