// SPDX-License-Identifier: GPL-2.0
// broken: splitting a huge zero PMD maps the zero page writable
// seen: a store into a range that was split goes into the 4 KiB zero page of all processes
// claim: 5.1 hugezero_wp_fallback
// file: mm/huge_memory.c
@@
@@
__split_huge_zero_page_pmd(...)
{
 <...
 	entry = pte_mkspecial(entry);
+	if (MUTANT && (vma->vm_flags & VM_WRITE))
+		entry = pte_mkwrite(pte_mkdirty(entry), vma);
 ...>
}
