/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sees to it that the calling process gets no huge page, while base pages are
 * still to be had: a control group too small for one, one that is full but for
 * less than one, or allocations that fail on demand. Neither observes nor
 * judges.
 */
#ifndef HUGEZERO_SHORTAGE_H
#define HUGEZERO_SHORTAGE_H

#include <sched.h>
#include <stdbool.h>

#include "hugezero_memcg.h"
#include "hugezero_need.h"
#include "hugezero_region.h"

enum hz_shortage_kind {
	HZ_SHORT_LIMIT,		/* a memory cgroup, one page below a huge page */
	HZ_SHORT_FULL,		/* ... that could hold one, and does */
	HZ_SHORT_INJECTED,	/* fail_page_alloc: all of that order and above */
};

struct hz_shortage {
	enum hz_shortage_kind kind;
	struct hz_memcg cg;	/* LIMIT, FULL */
	struct hz_region held;	/* FULL: what it holds */
	long limit;		/* bytes, or 0 */
	bool on_one_cpu;
	cpu_set_t cpus;		/* where it ran before */
};

/* What this kind of shortage needs. */
enum hz_need hz_shortage_need(enum hz_shortage_kind kind);

/*
 * From here to the end nothing of a PMD's size can be allocated. What a cgroup
 * has to spare for base pages is more than half a PMD, and the caller is kept
 * to one CPU. Returns 0 or -errno.
 */
int hz_shortage_begin(struct hz_shortage *s, enum hz_shortage_kind kind);
/* Memory is back; the process stays where it is. Returns 0 or -errno. */
int hz_shortage_relieve(struct hz_shortage *s);
/* As before it began. Safe to call twice. Returns 0 or -errno. */
int hz_shortage_end(struct hz_shortage *s);

/*
 * Allocations of the calling thread of at least @order fail, the next @times
 * or all (-1), until hz_fail_none(). Between the two the thread had better do
 * one thing only. Return 0 or -errno.
 */
int hz_fail_allocations(unsigned int order, int times);
int hz_fail_none(void);

/*
 * The @nth allocation of the calling thread fails, and no other, until
 * hz_fail_none(). Returns 0 or -errno.
 */
int hz_fail_nth(unsigned int nth);
/* Whether it came to that. */
bool hz_nth_has_failed(void);

#endif /* HUGEZERO_SHORTAGE_H */
