/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Compares what was observed with what a claim wants, and reports a
 * difference so that a kernel developer sees at once what broke. The words for
 * test bodies that rest on it are in hugezero_test.h.
 */
#ifndef HUGEZERO_JUDGE_H
#define HUGEZERO_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hugezero_child.h"
#include "hugezero_counters.h"
#include "hugezero_observe.h"

/* Where a claim stands, for the report. */
struct hz_where {
	const char *file, *test;
	int line;
};

/* An action on a range, and what it moved. */
struct hz_watch {
	const char *range;
	struct hz_counters before, after;
	char what[120];		/* the action, in words */
};

enum hz_verdict {
	HZ_IT_HOLDS,
	HZ_IT_FAILS,		/* reported */
	HZ_NO_HUGE_PAGE,	/* the control failed, too: see hz_why() */
};

void hz_watch_begin(struct hz_watch *w);
void hz_watch_end(struct hz_watch *w);
/* Says what is going to be done to which range; printf. */
void hz_watch_on(struct hz_watch *w, const void *range, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

enum hz_verdict hz_expect_state(const struct hz_where *at,
				const struct hz_watch *w, const void *range,
				enum hz_state want);
/* A page table of @anon anonymous pages and else zero pages, @first first. */
enum hz_verdict hz_expect_pages(const struct hz_where *at,
				const struct hz_watch *w, const void *range,
				size_t anon, ssize_t first);
enum hz_verdict hz_expect_faults(const struct hz_where *at,
				 const struct hz_watch *w, long want);
enum hz_verdict hz_expect_rss(const struct hz_where *at,
			      const struct hz_watch *w, long want);
enum hz_verdict hz_expect_page_tables(const struct hz_where *at,
				      const struct hz_watch *w, long want);
enum hz_verdict hz_expect_number(const struct hz_where *at, const char *what,
				 long got, long want, long slack);
enum hz_verdict hz_expect_bytes(const struct hz_where *at, const char *addr,
				size_t len, size_t from, size_t n, char value);
/* The same of what a child sees. */
enum hz_verdict hz_expect_child_state(const struct hz_where *at,
				      struct hz_child *c, char *range,
				      enum hz_state want);
enum hz_verdict hz_expect_child_bytes(const struct hz_where *at,
				      struct hz_child *c, char *addr,
				      size_t len, size_t from, size_t n,
				      char value);
enum hz_verdict hz_expect_quiet(const struct hz_where *at);
/* Names in an enum hz_kpf mask that are to be set or clear on all pages. */
enum hz_verdict hz_expect_flags(const struct hz_where *at, const void *range,
				uint64_t set, uint64_t clear);

/*
 * A counter of the whole machine, over windows in which only @act is to move
 * it, @by. Others can only add, so the least of all windows is judged: less
 * than @by fails at once; more fails if the counter rests when we do.
 */
struct hz_global {
	const char *name;
	long (*read)(const char *name);
	long by;
	void (*prepare)(void *arg);
	void (*act)(void *arg);
	void *arg;
};

enum hz_verdict hz_expect_global(const struct hz_where *at,
				 const struct hz_global *g);

/* Why a test cannot be judged, after HZ_NO_HUGE_PAGE. */
const char *hz_why(void);
/* Whether anything has failed since the test began. */
bool hz_failed(void);
void hz_judge_anew(void);
/*
 * The test itself sees to it that no huge page is to be had: from here to its
 * end the want of one excuses nothing.
 */
void hz_judge_in_shortage(void);

#endif /* HUGEZERO_JUDGE_H */
