/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a range is to contain and to allow, kept in user space: one expectation
 * for ranges that the kernel backs in different ways. Knows nothing of how.
 */
#ifndef HUGEZERO_MODEL_H
#define HUGEZERO_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum hz_page_flag {
	HZ_PAGE_WRITTEN = 1 << 0,	/* or else all of it is 0 */
	HZ_PAGE_LAZY = 1 << 1,		/* MADV_FREE: may be 0 at any time */
	HZ_PAGE_RO = 1 << 2,
	HZ_PAGE_NONE = 1 << 3,
	HZ_PAGE_GUARD = 1 << 4,
	HZ_PAGE_LOCKED = 1 << 5,
	HZ_PAGE_WIPE = 1 << 6,		/* MADV_WIPEONFORK */
	HZ_PAGE_MISSING = 1 << 7,	/* userfaultfd sees to holes */
	HZ_PAGE_HOT = 1 << 8,		/* to be looked at after each step */
	HZ_PAGE_DIRTY = 1 << 9,		/* written since clear_refs */
	HZ_PAGE_SCANNED = 1 << 10,	/* written since the last scan */
	HZ_PAGE_PINNED = 1 << 11,	/* what is pinned is what is mapped */
};

/* Whether a page is populated. A huge page may have populated others as well. */
enum hz_presence {
	HZ_PRESENT, HZ_ABSENT, HZ_PERHAPS,
};

struct hz_model {
	size_t pages, page;
	char *bytes;		/* what is there */
	char *freed;		/* or, of HZ_PAGE_LAZY, this */
	uint16_t *flags;
	uint8_t *presence;
	uint32_t *writes;	/* how often its bytes changed */
	size_t holes;		/* pages that are not HZ_PRESENT */
};

/* For a range that is all zero and populated. Returns 0 or -errno. */
int hz_model_init(struct hz_model *m);
void hz_model_release(struct hz_model *m);

bool hz_model_is(const struct hz_model *m, size_t page, enum hz_page_flag flag);
void hz_model_set(struct hz_model *m, size_t page, size_t n,
		  enum hz_page_flag flag, bool on);
bool hz_model_any(const struct hz_model *m, size_t page, size_t n,
		  enum hz_page_flag flags);
/* Pages from @page, at most @n, before the first with one of @flags. */
size_t hz_model_until(const struct hz_model *m, size_t page, size_t n,
		      enum hz_page_flag flags);

/* The page was read or written. */
void hz_model_touch(struct hz_model *m, size_t page);
/* @len bytes, which may lie in several pages, were written. */
void hz_model_write(struct hz_model *m, size_t page, size_t off,
		    const char *bytes, size_t len);
void hz_model_fill(struct hz_model *m, size_t page, size_t off, char value,
		   size_t len);
/* The page was thrown away: 0 again, not there. */
void hz_model_drop(struct hz_model *m, size_t page);
/* MADV_FREE was called on it. */
void hz_model_free(struct hz_model *m, size_t page);
/* A huge page may have filled the holes. */
void hz_model_unsettle(struct hz_model *m);
/* What is different in a child of a fork. */
void hz_model_fork(struct hz_model *m);

/*
 * First byte in which @seen, all of a page, is not as expected; -1: none.
 * @expected may be NULL.
 */
ssize_t hz_model_check(const struct hz_model *m, size_t page, const char *seen,
		       char *expected);

#endif /* HUGEZERO_MODEL_H */
