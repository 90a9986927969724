// SPDX-License-Identifier: GPL-2.0
// broken: every other write fault splits its range
// seen: of many stores into many ranges half leave zero pages
// claim: 1.10 hugezero_wp
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
+		if (++faults % 2 == 0)
+			return VM_FAULT_FALLBACK;
+	}
	...
}
