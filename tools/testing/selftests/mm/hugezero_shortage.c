// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hugezero_settings.h"
#include "hugezero_shortage.h"

enum hz_need hz_shortage_need(enum hz_shortage_kind kind)
{
	return kind == HZ_SHORT_INJECTED ? HZ_NEED_FAIL_PAGE_ALLOC :
					   HZ_NEED_MEMCG;
}

/* Open all the time: where no page is to be had, no file can be opened. */
static int fail_switch = -1;

static int open_switch(const char *path, const char *on)
{
	int err;

	if (fail_switch >= 0)
		close(fail_switch);
	fail_switch = open(path, O_RDWR | O_CLOEXEC);
	if (fail_switch < 0)
		return -errno;
	if (pwrite(fail_switch, on, strlen(on), 0) > 0)
		return 0;
	err = -errno;
	hz_fail_none();
	return err;
}

static int set_failures(const char * const knobs[][2], size_t n)
{
	char knob[80];
	size_t i;
	int err;

	for (i = 0; i < n; i++) {
		snprintf(knob, sizeof(knob), HZ_FAIL_DIR "%s", knobs[i][0]);
		err = hz_knob_set(knob, knobs[i][1]);
		if (err)
			return err;
	}
	return 0;
}

int hz_fail_allocations(unsigned int order, int times)
{
	char orders[16], limit[16];
	const char * const knobs[][2] = {
		{ "task-filter", "Y" }, { "min-order", orders },
		{ "times", limit }, { "interval", "1" }, { "space", "0" },
		{ "verbose", "0" }, { "ignore-gfp-wait", "N" },
		{ "ignore-gfp-highmem", "N" }, { "probability", "100" },
	};
	int err;

	snprintf(orders, sizeof(orders), "%u", order);
	snprintf(limit, sizeof(limit), "%d", times);
	err = set_failures(knobs, ARRAY_SIZE(knobs));
	/* From this write on, and not before. */
	return err ? err : open_switch("/proc/thread-self/make-it-fail", "1");
}

int hz_fail_nth(unsigned int nth)
{
	const char * const knobs[][2] = {
		{ "probability", "0" }, { "min-order", "0" },
		{ "verbose", "0" }, { "ignore-gfp-wait", "N" },
		{ "ignore-gfp-highmem", "N" },
	};
	char text[16];
	int err = set_failures(knobs, ARRAY_SIZE(knobs));

	/* Of small objects, too, where the kernel can (CONFIG_FAILSLAB). */
	hz_knob_set(HZ_FAIL_SLAB_DIR "verbose", "0");
	hz_knob_set(HZ_FAIL_SLAB_DIR "ignore-gfp-wait", "N");
	snprintf(text, sizeof(text), "%u", nth);
	return err ? err : open_switch("/proc/thread-self/fail-nth", text);
}

bool hz_nth_has_failed(void)
{
	char left[16] = "";

	return pread(fail_switch, left, sizeof(left) - 1, 0) > 0 &&
	       left[0] == '0';
}

int hz_fail_none(void)
{
	int err = 0;

	if (fail_switch < 0)
		return 0;
	if (pwrite(fail_switch, "0", 1, 0) != 1)
		err = -errno;
	close(fail_switch);
	fail_switch = -1;
	return err ? err : hz_knob_set(HZ_FAIL_DIR "probability", "0");
}

static unsigned int pmd_order(void)
{
	return __builtin_ctzl(hz_pmd_pages());
}

/* Locked: what a cgroup could reclaim or swap would be room. */
static int hold_one(struct hz_region *r)
{
	int err = hz_region_map(r, 1, HZ_ADVISE_HUGE);

	if (err)
		return err;
	memset(r->addr, 1, hz_pmd_size());
	return mlock(r->addr, hz_pmd_size()) ? -errno : 0;
}

/*
 * What it gives back on one CPU is in stock there, and another CPU's stock is
 * asked for too late: where pages are large, that can be all there is to spare.
 */
static void keep_to_one_cpu(struct hz_shortage *s)
{
	if (sched_getaffinity(0, sizeof(s->cpus), &s->cpus))
		return;
	s->on_one_cpu = true;
	hz_memcg_one_stock();
}

static int enter_small_cgroup(struct hz_shortage *s)
{
	long pmd = hz_pmd_size();
	int err;

	keep_to_one_cpu(s);
	/* Whatever else is in it: one more huge page cannot be. */
	s->limit = (s->kind == HZ_SHORT_FULL ? 2 : 1) * pmd - hz_page_size();
	err = hz_memcg_create(&s->cg, "short");
	if (!err)
		err = hz_memcg_forbid_swap(&s->cg);
	if (!err)
		err = hz_memcg_enter(&s->cg);
	if (!err && s->kind == HZ_SHORT_FULL)
		err = hold_one(&s->held);
	if (!err)
		err = hz_memcg_limit(&s->cg, s->limit);
	return err;
}

int hz_shortage_begin(struct hz_shortage *s, enum hz_shortage_kind kind)
{
	int err;

	*s = (struct hz_shortage){ .kind = kind };
	/* What the process itself needs is not to be charged to the shortage. */
	hz_settle();
	if (kind == HZ_SHORT_INJECTED)
		err = hz_fail_allocations(pmd_order(), -1);
	else
		err = enter_small_cgroup(s);
	if (err)
		hz_shortage_end(s);
	return err;
}

int hz_shortage_relieve(struct hz_shortage *s)
{
	if (s->kind == HZ_SHORT_INJECTED)
		return hz_fail_none();
	return s->cg.dir[0] ? hz_memcg_limit(&s->cg, -1) : 0;
}

int hz_shortage_end(struct hz_shortage *s)
{
	int err = 0;

	hz_region_unmap(&s->held);
	if (s->kind == HZ_SHORT_INJECTED)
		err = hz_fail_none();
	else if (s->cg.dir[0])
		err = hz_memcg_destroy(&s->cg);
	if (s->on_one_cpu)
		sched_setaffinity(0, sizeof(s->cpus), &s->cpus);
	*s = (struct hz_shortage){ 0 };
	return err;
}
