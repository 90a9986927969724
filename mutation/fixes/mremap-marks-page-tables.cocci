// SPDX-License-Identifier: GPL-2.0
// broken: mremap marks each entry that it moves soft-dirty, but nothing where it moves a page table as a whole
// seen: with the fix the new mapping is soft-dirty, whatever way its pages came
// claim: 4.4 hugezero_wp_track
// bug: mremap() of whole page tables marks nothing soft-dirty
// hides: splitting the huge zero PMD loses soft-dirty
// file: mm/mremap.c
@@
identifier vrm, new;
expression err;
@@
move_vma(...)
{
 <...
 	err = copy_vma_and_data(vrm, &new);
+	if (!err)
+		vm_flags_set(new, VM_SOFTDIRTY);
 ...>
}
