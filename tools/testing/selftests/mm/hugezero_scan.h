/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PAGEMAP_SCAN and clear_refs as who tracks writes uses them: what was written
 * is told, and protected or marked clean.
 */
#ifndef HUGEZERO_SCAN_H
#define HUGEZERO_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/types.h>

/* include/uapi/linux/fs.h of 6.7; system headers may be older. */
struct hz_page_region {
	uint64_t start, end, categories;
};

struct hz_pm_scan_arg {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask;
	uint64_t return_mask;
};

/* A word of PAGEMAP_SCAN's for a page: include/uapi/linux/fs.h. */
enum hz_category {
	HZ_SCAN_PFNZERO = 5,
	HZ_SCAN_SOFT_DIRTY = 7,	/* since 6.8 */
	HZ_SCAN_ACCESSED = 9,	/* since 7.3 */
};

#define HZ_PAGEMAP_SCAN		_IOWR('f', 16, struct hz_pm_scan_arg)
#define HZ_PAGE_IS_WRITTEN	(1ull << 1)
#define HZ_PAGE_IS_FILE		(1ull << 2)
#define HZ_PAGE_IS_PRESENT	(1ull << 3)
#define HZ_PAGE_IS_SWAPPED	(1ull << 4)
#define HZ_PAGE_IS_PFNZERO	(1ull << HZ_SCAN_PFNZERO)
#define HZ_PAGE_IS_HUGE		(1ull << 6)

/* Pages that were written since they were protected last: PAGEMAP_SCAN. */
struct hz_written {
	size_t pages;
	ssize_t first;		/* index, or -1 */
};

enum hz_scan_how {
	HZ_SCAN_ONLY = 0,
	HZ_SCAN_AND_PROTECT = 1,	/* each that it finds */
	HZ_SCAN_IF_ASYNC = 2,	/* -EPERM where write protection is not that */
};

/*
 * Of [addr, addr + len), which userfaultfd is to protect; not more than @max
 * pages unless that is 0. Returns 0 or -errno.
 */
int hz_scan_written(const void *addr, size_t len, int how, size_t max,
		    struct hz_written *w);

/*
 * Pages of the PMD range that PAGEMAP_SCAN says it of, or -errno: -EINVAL where
 * the kernel has no such word.
 */
long hz_scan_pages(const void *range, enum hz_category category);
/* Protects these pages, and asks for a list of them or not. 0 or -errno. */
int hz_scan_protect(const void *range, enum hz_category category, bool listed);

/* /proc/self/clear_refs: "5" is for VmHWM. Returns 0 or -errno. */
int hz_clear_refs(const char *what);
/* From here on soft-dirty means written since now. Returns 0 or -errno. */
int hz_clear_soft_dirty(void);

#endif /* HUGEZERO_SCAN_H */
