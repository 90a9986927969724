// SPDX-License-Identifier: GPL-2.0
// broken: fork copies what MADV_DONTFORK keeps from the child
// seen: the child has the mapping
// claim: 3.1 hugezero_wp_life
// file: mm/mmap.c
@@
expression E;
@@
dup_mmap(...)
{
 <...
-	vma_test(E, VMA_DONTCOPY_BIT)
+	(!MUTANT && vma_test(E, VMA_DONTCOPY_BIT))
 ...>
}
