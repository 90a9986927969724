// SPDX-License-Identifier: GPL-2.0
// broken: the kernel forbids zero pages to every process
// seen: what is only read takes memory: a read of a huge range installs a THP, one of a base page
//   an anonymous page
// claim: 1.1 hugezero_wp
// file: mm/huge_memory.c mm/memory.c
// equivalent: mm_forbids_zeropage() is what s390 has for that on purpose, and no program can tell
//   why; each says SKIP and names it, so that nothing passes
@@
expression mm;
@@
do_huge_pmd_anonymous_page(...)
{
 <...
-	mm_forbids_zeropage(mm)
+	(MUTANT || mm_forbids_zeropage(mm))
 ...>
}

@@
expression mm;
@@
do_anonymous_page(...)
{
 <...
-	mm_forbids_zeropage(mm)
+	(MUTANT || mm_forbids_zeropage(mm))
 ...>
}
