// SPDX-License-Identifier: GPL-2.0
// broken: mbind() that is to move a part of a large folio moves all of it
// seen: with the fix what is not in the range of the call stays on the node that it is bound to
// claim: 3.11 hugezero_wp_map
// bug: mbind() of a page moves all of its THP
// file: mm/mempolicy.c
@@
identifier mm, start, end;
@@
do_mbind(...)
{
 <...
+	if (flags & (MPOL_MF_MOVE | MPOL_MF_MOVE_ALL)) {
+		const unsigned long edges[] = { start, end };
+		struct folio_walk fw;
+		struct folio *folio;
+		bool split;
+		int i;
+
+		for (i = 0; i < 2; i++) {
+			vma = vma_lookup(mm, edges[i]);
+			if (!vma || !vma_is_anonymous(vma))
+				continue;
+			folio = folio_walk_start(&fw, vma, edges[i], 0);
+			if (!folio)
+				continue;
+			split = folio_test_anon(folio) &&
+				folio_test_large(folio) &&
+				folio_page_idx(folio, fw.page) &&
+				((flags & MPOL_MF_MOVE_ALL) ||
+				 !folio_maybe_mapped_shared(folio));
+			if (split)
+				folio_get(folio);
+			folio_walk_end(&fw, vma);
+			if (!split)
+				continue;
+			folio_lock(folio);
+			split_folio(folio);
+			folio_unlock(folio);
+			folio_put(folio);
+		}
+	}
 	nr_failed = queue_pages_range(mm, start, end, ...);
 ...>
}
