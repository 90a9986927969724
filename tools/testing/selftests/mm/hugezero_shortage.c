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

static int make_it_fail(const char *yes)
{
	int fd = open("/proc/thread-self/make-it-fail", O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, yes, 1) != 1)
		err = -errno;
	close(fd);
	return err;
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
	char knob[80];
	size_t i;
	int err;

	snprintf(orders, sizeof(orders), "%u", order);
	snprintf(limit, sizeof(limit), "%d", times);
	for (i = 0; i < ARRAY_SIZE(knobs); i++) {
		snprintf(knob, sizeof(knob), HZ_FAIL_DIR "%s", knobs[i][0]);
		err = hz_knob_set(knob, knobs[i][1]);
		if (err)
			return err;
	}
	/* From this write on, and not before. */
	return make_it_fail("1");
}

int hz_fail_none(void)
{
	int err = make_it_fail("0");

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

static int enter_small_cgroup(struct hz_shortage *s)
{
	long pmd = hz_pmd_size();
	int err;

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
	*s = (struct hz_shortage){ 0 };
	return err;
}
