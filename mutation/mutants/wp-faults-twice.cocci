// SPDX-License-Identifier: GPL-2.0
// broken: every other write fault returns without having done anything
// seen: one store costs two faults
// claim: 1.2 hugezero_wp
// file: mm/huge_memory.c
@@
@@
do_huge_zero_wp_pmd(...)
{
	...
	vm_fault_t ret = 0;
+	if (MUTANT) {
+		static int faults;
+
+		if (++faults % 2)
+			return 0;
+	}
	...
}
