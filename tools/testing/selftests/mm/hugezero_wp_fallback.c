// SPDX-License-Identifier: GPL-2.0
/*
 * The same fault where no huge page is to be had: the PMD is split, the page
 * that was written becomes a base page, all others go on reading the small
 * zero page. Nothing is lost, charged for nothing or killed.
 *
 *	read			first store		a second one
 *	[HHHHHHHHHHHHHHHH]  ->	[ZZZAZZZZZZZZZZZZ]  ->	[ZZZAZZZZZZZZAZZZ]
 *
 * Kernels before 6.13 do so at any time; what is claimed of the contents holds
 * for them, too.
 */
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hugezero_pin.h"
#include "hugezero_test.h"
#include "hugezero_uffd.h"
#include "hugezero_writer.h"

#define PMD	((long)hz_pmd_size())
#define PAGE	((long)hz_page_size())
#define PAGES	((long)hz_pmd_pages())
#define BYTE	HZ_WRITE_BYTE

#ifndef MADV_FREE
#define MADV_FREE 8
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

static int by_store(char *at)
{
	hz_store(at, BYTE);
	return 0;
}

/* Huge pages that the machine did not have, whatever a cgroup would have said. */
static long none_to_be_had(void)
{
	return hz_vmstat("thp_fault_fallback") -
	       hz_vmstat("thp_fault_fallback_charge");
}

/*
 * There is just one: whatever else is charged, a second is not to be had. One
 * that is taken and not mapped is missed here, and not by the whole machine.
 */
TEST(limit_with_room_for_one_thp_gives_it)
{
	struct hz_region region;
	struct hz_watch watch;
	struct hz_memcg cg;
	struct hz_view view;
	long before;

	hz_test_begin();
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_MEMCG);
	hz_judge_in_shortage();
	hz_settle();
	REQUIRE_OK(hz_region_map(&region, 1, HZ_ADVISE_HUGE));
	hz_read_fault(region.addr);
	hz_watch_on(&watch, region.addr, "store, one huge page to be had");
	hz_memcg_one_stock();
	REQUIRE_OK(hz_memcg_create(&cg, "one"));
	REQUIRE_OK(hz_memcg_forbid_swap(&cg));
	REQUIRE_OK(hz_memcg_enter(&cg));
	REQUIRE_OK(hz_memcg_limit(&cg, 2 * PMD - PAGE));
	before = none_to_be_had();
	WATCHED(&watch, hz_store(region.addr + PMD / 2, BYTE));
	hz_look(region.addr, &view);
	if (view.state != HZ_ANON_THP && none_to_be_had() > before)
		HZ_SKIP("needs a huge page: the machine had none for a moment");
	EXPECT_STATE_AFTER(&watch, HZ_ANON_THP);
	hz_region_unmap(&region);
	EXPECT_NUMBER("memcg left behind", hz_memcg_destroy(&cg), 0);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* One write to one page, in one kind of shortage. */
FIXTURE(no_huge_page)
{
	struct hz_region region, other;
	struct hz_shortage shortage;
	struct hz_watch watch;
	char *range, *at;
};

FIXTURE_VARIANT(no_huge_page)
{
	enum hz_shortage_kind why;
	int (*write)(char *at);
	size_t n;		/* bytes that it writes */
};

FIXTURE_VARIANT_ADD(no_huge_page, limit_store) {
	.why = HZ_SHORT_LIMIT, .write = by_store, .n = 1,
};

FIXTURE_VARIANT_ADD(no_huge_page, limit_read) {
	.why = HZ_SHORT_LIMIT, .write = hz_write_by_read, .n = HZ_WRITE_LEN,
};

FIXTURE_VARIANT_ADD(no_huge_page, limit_process_vm_writev) {
	.why = HZ_SHORT_LIMIT, .write = hz_write_by_process_vm_writev,
	.n = HZ_WRITE_LEN,
};

FIXTURE_VARIANT_ADD(no_huge_page, limit_direct_read) {
	.why = HZ_SHORT_LIMIT, .write = hz_write_by_direct_read,
	.n = HZ_WRITE_LEN,
};

FIXTURE_VARIANT_ADD(no_huge_page, limit_populate_write) {
	.why = HZ_SHORT_LIMIT, .write = hz_write_by_populate_write, .n = 0,
};

FIXTURE_VARIANT_ADD(no_huge_page, full_store) {
	.why = HZ_SHORT_FULL, .write = by_store, .n = 1,
};

FIXTURE_VARIANT_ADD(no_huge_page, full_read) {
	.why = HZ_SHORT_FULL, .write = hz_write_by_read, .n = HZ_WRITE_LEN,
};

FIXTURE_VARIANT_ADD(no_huge_page, full_process_vm_writev) {
	.why = HZ_SHORT_FULL, .write = hz_write_by_process_vm_writev,
	.n = HZ_WRITE_LEN,
};

FIXTURE_VARIANT_ADD(no_huge_page, injected_store) {
	.why = HZ_SHORT_INJECTED, .write = by_store, .n = 1,
};

FIXTURE_VARIANT_ADD(no_huge_page, injected_read) {
	.why = HZ_SHORT_INJECTED, .write = hz_write_by_read, .n = HZ_WRITE_LEN,
};

FIXTURE_VARIANT_ADD(no_huge_page, injected_process_vm_writev) {
	.why = HZ_SHORT_INJECTED, .write = hz_write_by_process_vm_writev,
	.n = HZ_WRITE_LEN,
};

FIXTURE_VARIANT_ADD(no_huge_page, injected_direct_read) {
	.why = HZ_SHORT_INJECTED, .write = hz_write_by_direct_read,
	.n = HZ_WRITE_LEN,
};

/* Written page: not the first, which an unmasked address would hit anyway. */
static long index_of_written(void)
{
	return PAGES - 3;
}

FIXTURE_SETUP(no_huge_page)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	ASSERT_EQ(0, hz_region_map(&self->other, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	self->at = self->range + index_of_written() * PAGE;
	hz_watch_on(&self->watch, self->range,
		    "write to page %ld of a huge-zero PMD, no huge page to be had",
		    index_of_written());
	hz_read_fault(self->range);
	hz_read_fault(self->other.addr);
}

FIXTURE_TEARDOWN(no_huge_page)
{
	hz_region_unmap(&self->other);
	hz_region_unmap(&self->region);
	EXPECT_EQ(0, hz_shortage_end(&self->shortage));
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

#define RUN_SHORT(s, why) do { \
	NEED(hz_shortage_need(why)); \
	hz_judge_in_shortage(); \
	REQUIRE_OK(hz_shortage_begin(s, why)); \
} while (0)

#define WRITE_OR_SKIP()	WRITE_OR_SKIP_BY(variant->write, self->at)

/* First: a kernel that counts zero pages frees them when the test ends. */
TEST_F(no_huge_page, memory_in_smaps_is_one_page)
{
	RUN_SHORT(&self->shortage, variant->why);
	WRITE_OR_SKIP();
	EXPECT_NUMBER("Anonymous", hz_smaps(self->range, "Anonymous"), PAGE);
	EXPECT_NUMBER("Rss", hz_smaps(self->range, "Rss"), PAGE);
}

TEST_F(no_huge_page, write_makes_one_base_page)
{
	RUN_SHORT(&self->shortage, variant->why);
	REQUIRE_STATE(self->range, HZ_HUGE_ZERO);
	WATCHED(&self->watch, WRITE_OR_SKIP());
	EXPECT_PAGES_AFTER(&self->watch, 1, index_of_written());
}

TEST_F(no_huge_page, writes_only_its_bytes)
{
	RUN_SHORT(&self->shortage, variant->why);
	WRITE_OR_SKIP();
	EXPECT_ONLY_BYTES(self->range, PMD, self->at - self->range,
			  variant->n, BYTE);
}

TEST_F(no_huge_page, leaves_the_huge_zero_page_zero)
{
	RUN_SHORT(&self->shortage, variant->why);
	WRITE_OR_SKIP();
	EXPECT_STATE(self->other.addr, HZ_HUGE_ZERO);
	EXPECT_ALL_ZERO(self->other.addr);
}

/* The table was deposited when the PMD was mapped: a split cannot fail. */
TEST_F(no_huge_page, takes_the_deposited_page_table)
{
	NEED(HZ_NEED_PTE_KB);
	RUN_SHORT(&self->shortage, variant->why);
	WATCHED(&self->watch, WRITE_OR_SKIP());
	EXPECT_PAGE_TABLES(&self->watch, 0);
}

/* Every other page, once: as many as half of a range, which fit the limit. */
static void store_in_every_second_page(char *range)
{
	long i;

	for (i = 0; i < PAGES; i += 2)
		hz_store(range + i * PAGE, i / 2 % 100 + 1);
}

/* First page of @range that does not begin as it was left, or -1. */
static long first_lost(const char *range)
{
	long i;

	for (i = 0; i < PAGES; i++)
		if (range[i * PAGE] != (i % 2 ? 0 : i / 2 % 100 + 1))
			return i;
	return -1;
}

/* One kind of shortage, stores of the process itself. */
FIXTURE(stores)
{
	struct hz_region region;
	struct hz_shortage shortage;
	struct hz_watch watch;
	char *range;
};

FIXTURE_VARIANT(stores)
{
	enum hz_shortage_kind why;
	int collapse;		/* what MADV_COLLAPSE says in it */
};

FIXTURE_VARIANT_ADD(stores, limit) {
	.why = HZ_SHORT_LIMIT, .collapse = -EBUSY,
};

FIXTURE_VARIANT_ADD(stores, full) {
	.why = HZ_SHORT_FULL, .collapse = -EBUSY,
};

FIXTURE_VARIANT_ADD(stores, injected) {
	.why = HZ_SHORT_INJECTED, .collapse = -ENOMEM,
};

FIXTURE_SETUP(stores)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	hz_watch_on(&self->watch, self->range,
		    "store to a huge-zero PMD, no huge page to be had");
	hz_read_fault(self->range);
}

FIXTURE_TEARDOWN(stores)
{
	hz_region_unmap(&self->region);
	EXPECT_EQ(0, hz_shortage_end(&self->shortage));
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* The failed attempt and the split are parts of the one fault. */
TEST_F(stores, first_costs_one_fault)
{
	char *at = self->range + PMD - 1;

	RUN_SHORT(&self->shortage, variant->why);
	REQUIRE_STATE(self->range, HZ_HUGE_ZERO);
	WATCHED(&self->watch, hz_store(at, BYTE));
	EXPECT_FAULTS(&self->watch, 1);
}

TEST_F(stores, later_ones_cost_one_fault_a_page)
{
	char *range = self->range;

	RUN_SHORT(&self->shortage, variant->why);
	hz_store(range + PAGE, BYTE);
	hz_watch_on(&self->watch, range, "store to every second page after a split");
	WATCHED(&self->watch, store_in_every_second_page(range));
	EXPECT_FAULTS(&self->watch, PAGES / 2);
}

TEST_F(stores, later_reads_cost_no_fault)
{
	char *range = self->range;

	RUN_SHORT(&self->shortage, variant->why);
	hz_store(range, BYTE);
	hz_watch_on(&self->watch, range, "read of every page after a split");
	WATCHED(&self->watch, hz_read_all(range, PMD));
	EXPECT_FAULTS(&self->watch, 0);
}

TEST_F(stores, later_ones_make_base_pages)
{
	RUN_SHORT(&self->shortage, variant->why);
	store_in_every_second_page(self->range);
	EXPECT_PAGES(self->range, PAGES / 2, 0);
}

TEST_F(stores, nothing_is_lost)
{
	RUN_SHORT(&self->shortage, variant->why);
	store_in_every_second_page(self->range);
	EXPECT_NUMBER("page that lost its byte", first_lost(self->range), -1);
}

TEST_F(stores, unmap_returns_the_page_table)
{
	struct hz_watch watch;
	char *range = self->range;

	NEED(HZ_NEED_PTE_KB);
	RUN_SHORT(&self->shortage, variant->why);
	hz_range_warm(range);
	hz_watch_on(&watch, range, "read, store in a shortage, MADV_DONTNEED");
	hz_watch_begin(&watch);
	hz_read_fault(range);
	hz_store(range, BYTE);
	REQUIRE_OK(hz_range_renew(range));
	hz_watch_end(&watch);
	EXPECT_PAGE_TABLES(&watch, 0);
}

/* A range that nobody has read: what the wp-fault is measured by. */
TEST_F(stores, write_first_ends_the_same)
{
	RUN_SHORT(&self->shortage, variant->why);
	madvise(self->range, PMD, MADV_DONTNEED);
	hz_store(self->range + PMD - PAGE, BYTE);
	EXPECT_ONLY_BYTES(self->range + PMD - PAGE, PAGE, 0, 1, BYTE);
	/* Reading the other pages maps zero pages one by one. */
	EXPECT_ONLY_BYTES(self->range, PMD - PAGE, 0, 0, 0);
	EXPECT_PAGES(self->range, 1, PAGES - 1);
}

/* Both words of refusal may only mean that the kernel just moves a page. */
static int collapse(char *range)
{
	int err, tries = 100;

	if (madvise(range, 0, MADV_COLLAPSE))
		return -ENOSYS;
	do {
		err = madvise(range, PMD, MADV_COLLAPSE) ? -errno : 0;
	} while ((err == -EAGAIN || err == -EINVAL) && tries-- &&
		 !usleep(1000));
	return err;
}

#define COLLAPSE_OR_SKIP(range, want) do { \
	const int hz_err = collapse(range); \
	if (hz_err == -ENOSYS) \
		HZ_SKIP("needs MADV_COLLAPSE (6.1)"); \
	EXPECT_NUMBER("MADV_COLLAPSE", hz_err, want); \
} while (0)

TEST_F(stores, collapse_is_refused_meanwhile)
{
	RUN_SHORT(&self->shortage, variant->why);
	store_in_every_second_page(self->range);
	COLLAPSE_OR_SKIP(self->range, variant->collapse);
	EXPECT_PAGES(self->range, PAGES / 2, 0);
	EXPECT_NUMBER("page that lost its byte", first_lost(self->range), -1);
}

TEST_F(stores, collapse_makes_one_thp_afterwards)
{
	RUN_SHORT(&self->shortage, variant->why);
	store_in_every_second_page(self->range);
	REQUIRE_OK(hz_shortage_relieve(&self->shortage));
	COLLAPSE_OR_SKIP(self->range, 0);
	EXPECT_STATE(self->range, HZ_ANON_THP);
	EXPECT_NUMBER("page that lost its byte", first_lost(self->range), -1);
}

/* A shortage of one moment leaves nothing behind that keeps later ones out. */
TEST_F(stores, next_range_gets_a_thp_afterwards)
{
	NEED(HZ_NEED_WP_THP);
	RUN_SHORT(&self->shortage, variant->why);
	hz_store(self->range, BYTE);
	REQUIRE_OK(hz_shortage_relieve(&self->shortage));
	/* A range that was split keeps its page table until it is unmapped. */
	REQUIRE_OK(hz_range_renew(self->range));
	hz_read_fault(self->range);
	REQUIRE_STATE(self->range, HZ_HUGE_ZERO);
	hz_store(self->range, BYTE);
	EXPECT_STATE(self->range, HZ_ANON_THP);
}

/* What a memory cgroup pays for. */
FIXTURE(charge)
{
	struct hz_region region;
	struct hz_shortage shortage;
};

FIXTURE_VARIANT(charge)
{
	enum hz_shortage_kind why;
};

FIXTURE_VARIANT_ADD(charge, limit) {
	.why = HZ_SHORT_LIMIT,
};

FIXTURE_VARIANT_ADD(charge, full) {
	.why = HZ_SHORT_FULL,
};

FIXTURE_SETUP(charge)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	hz_read_fault(self->region.addr);
}

FIXTURE_TEARDOWN(charge)
{
	hz_region_unmap(&self->region);
	EXPECT_EQ(0, hz_shortage_end(&self->shortage));
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(charge, is_never_above_the_limit)
{
	long peak, most;

	RUN_SHORT(&self->shortage, variant->why);
	most = hz_memcg_peak(&self->shortage.cg);
	/* What was charged before there was a limit: a CPU's whole stock. */
	if (most < self->shortage.limit)
		most = self->shortage.limit;
	store_in_every_second_page(self->region.addr);
	peak = hz_memcg_peak(&self->shortage.cg);
	if (peak < 0)
		HZ_SKIP("needs memory.peak of the memory cgroup (5.19)");
	EXPECT_NUMBER("most that was ever charged above the limit, bytes",
		      peak > most ? peak - most : 0, 0);
}

TEST_F(charge, kills_nobody)
{
	RUN_SHORT(&self->shortage, variant->why);
	store_in_every_second_page(self->region.addr);
	if (hz_memcg_oom_kills(&self->shortage.cg) < 0)
		HZ_SKIP("needs oom_kill in memory.events or memory.oom_control (4.13)");
	EXPECT_NUMBER("OOM kills", hz_memcg_oom_kills(&self->shortage.cg), 0);
}

TEST_F(charge, is_one_page)
{
	struct hz_memcg *cg = &self->shortage.cg;
	long before, huge;

	NEED(HZ_NEED_MEMCG_THP);
	RUN_SHORT(&self->shortage, variant->why);
	huge = variant->why == HZ_SHORT_FULL ? PMD : 0;
	before = hz_memcg_usage(cg);
	hz_store(self->region.addr, BYTE);
	if (hz_memcg_slack() < PMD)
		EXPECT_ABOUT("growth of the memcg's usage, bytes",
			     hz_memcg_usage(cg) - before, PAGE,
			     hz_memcg_slack());
	/* What makes it sum up needs room. */
	REQUIRE_OK(hz_shortage_relieve(&self->shortage));
	EXPECT_NUMBER("anonymous huge pages charged, bytes",
		      hz_memcg_stat_settled(cg, HZ_MEMCG_ANON_THP, huge), huge);
}

/* A cgroup whose memory is taken, but by pages that may be taken from it. */
FIXTURE(reclaimable)
{
	struct hz_region region, taken;
	struct hz_watch watch;
	struct hz_memcg cg;
};

FIXTURE_SETUP(reclaimable)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	ASSERT_EQ(0, hz_region_map(&self->taken, 1, HZ_ADVISE_BASE));
	hz_watch_on(&self->watch, self->region.addr,
		    "store to a huge-zero PMD, room for it to be reclaimed");
	hz_read_fault(self->region.addr);
}

FIXTURE_TEARDOWN(reclaimable)
{
	hz_region_unmap(&self->taken);
	hz_region_unmap(&self->region);
	EXPECT_EQ(0, hz_memcg_destroy(&self->cg));
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* MADV_HUGEPAGE asks to make room first (transparent_hugepage/defrag). */
TEST_F(reclaimable, gives_way_to_a_thp)
{
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_MEMCG);
	hz_judge_in_shortage();
	hz_settle();
	REQUIRE_OK(hz_memcg_create(&self->cg, "taken"));
	REQUIRE_OK(hz_memcg_enter(&self->cg));
	memset(self->taken.addr, 1, PMD);
	if (madvise(self->taken.addr, PMD, MADV_FREE))
		HZ_SKIP("needs MADV_FREE: %s", strerror(errno));
	REQUIRE_OK(hz_memcg_limit(&self->cg, PMD + PMD / 2));
	WATCHED(&self->watch, hz_store(self->region.addr + PMD / 2, BYTE));
	EXPECT_STATE_AFTER(&self->watch, HZ_ANON_THP);
}

/*
 * The huge page of the attempt is there before its charge fails. The allocator
 * hands out again what came back last, so that the attempt gets the folio of
 * the THP before it: afterwards that must be free, or another's.
 */
#define ATTEMPTS 16

static uint64_t pfn_of_thp_that_is_freed(char *range)
{
	struct hz_folio f;

	hz_range_renew(range);
	hz_store(range, BYTE);
	if (hz_look_folio(range, &f))
		f.pfn = 0;
	hz_range_renew(range);
	return f.pfn;
}

TEST_F(charge, failed_attempt_frees_its_huge_page)
{
	struct hz_memcg *cg = &self->shortage.cg;
	char *range = self->region.addr;
	uint64_t pfn[ATTEMPTS];
	int i, lost = 0;

	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_KPAGEFLAGS);
	RUN_SHORT(&self->shortage, variant->why);
	for (i = 0; i < ATTEMPTS; i++) {
		REQUIRE_OK(hz_memcg_limit(cg, -1));
		pfn[i] = pfn_of_thp_that_is_freed(range);
		REQUIRE_OK(hz_memcg_limit(cg, self->shortage.limit));
		hz_read_fault(range);
		hz_store(range, BYTE);
	}
	REQUIRE_OK(hz_range_renew(range));
	for (i = 0; i < ATTEMPTS; i++)
		lost += pfn[i] && hz_folio_is_lost(pfn[i]);
	EXPECT_NUMBER("huge pages that were lost", lost, 0);
}

/*
 * Many in a row, by a process of its own, for what it leaves when it exits: a
 * page lost in each is more than hz_memcg_slack().
 */
#define ROUNDS	200

static struct {
	struct hz_shortage shortage;
	struct hz_memcg cg;	/* where the shortage has none of its own */
} child;

static struct hz_memcg *cg_of_child(void)
{
	return child.cg.dir[0] ? &child.cg : &child.shortage.cg;
}

static void begin_shortage(const struct hz_order *order, struct hz_told *told)
{
	int err = 0;

	if (order->arg[0] == HZ_SHORT_INJECTED) {
		hz_memcg_one_stock();
		err = hz_memcg_create(&child.cg, "many");
	}
	if (!err && child.cg.dir[0])
		err = hz_memcg_enter(&child.cg);
	if (!err)
		err = hz_shortage_begin(&child.shortage, order->arg[0]);
	if (err && child.cg.dir[0])
		hz_memcg_destroy(&child.cg);
	told->result = err;
}

static void end_shortage(const struct hz_order *order, struct hz_told *told)
{
	int err = hz_shortage_end(&child.shortage);
	int left = child.cg.dir[0] ? hz_memcg_destroy(&child.cg) : 0;

	(void)order;
	told->result = err ? err : left;
}

/* The result is the growth of what the cgroup is charged, without its stock. */
static void store_many_times(const struct hz_order *order, struct hz_told *told)
{
	struct hz_memcg *cg = cg_of_child();
	char *range = order->at;
	long before = 0, i;

	for (i = 0; i <= order->arg[0]; i++) {
		hz_read_fault(range);
		hz_store(range + i % PAGES * PAGE, BYTE);
		told->found |= range[(i + 1) % PAGES * PAGE];
		hz_range_renew(range);
		/* The first round is no growth. */
		if (!i)
			before = hz_memcg_usage(cg);
		/* RCU frees page tables, and those yet to be freed add up. */
		if (i % 128 == 127)
			hz_memcg_usage_settled(cg, before + hz_memcg_slack());
	}
	told->result = hz_memcg_usage_settled(cg, before + hz_memcg_slack()) -
		       before;
}

FIXTURE(many_times)
{
	struct hz_region region;
	struct hz_child child;
};

FIXTURE_VARIANT(many_times)
{
	enum hz_shortage_kind why;
};

FIXTURE_VARIANT_ADD(many_times, limit) {
	.why = HZ_SHORT_LIMIT,
};

FIXTURE_VARIANT_ADD(many_times, injected) {
	.why = HZ_SHORT_INJECTED,
};

FIXTURE_SETUP(many_times)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	ASSERT_EQ(0, hz_child_start(&self->child));
}

FIXTURE_TEARDOWN(many_times)
{
	EXPECT_EQ(0, hz_child_stop(&self->child));
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(many_times, leaks_nothing)
{
	struct hz_order many = { .at = self->region.addr, .arg = { ROUNDS } };
	const struct hz_order begin = { .arg = { variant->why } };
	struct hz_told told = { 0 };

	NEED(hz_shortage_need(variant->why));
	NEED(HZ_NEED_MEMCG);
	/* Each round may clear a huge page, before it is charged. */
	if (variant->why == HZ_SHORT_LIMIT && PMD > 64l << 20)
		HZ_SKIP("needs a PMD of at most 64 MiB: it is of %ld",
			PMD >> 20);
	hz_judge_in_shortage();
	REQUIRE_OK(hz_child_do(&self->child, begin_shortage, &begin, &told));
	REQUIRE_OK(told.result);
	REQUIRE_OK(hz_child_do(&self->child, store_many_times, &many, &told));
	EXPECT_NUMBER("a byte next to the ones written", told.found, 0);
	EXPECT_ABOUT("growth of the memcg's usage, bytes", told.result, 0,
		     hz_memcg_slack());
	REQUIRE_OK(hz_child_do(&self->child, end_shortage, &begin, &told));
	EXPECT_NUMBER("end of the shortage", told.result, 0);
}

/* Counters of the whole machine. */
FIXTURE(counter)
{
	struct hz_region region;
	struct hz_shortage shortage;
	struct hz_global global;
};

FIXTURE_VARIANT(counter)
{
	enum hz_shortage_kind why;
	const char *name;
	long by;
	bool mthp, always;	/* always: of kernels before 6.13, too */
};

FIXTURE_VARIANT_ADD(counter, limit_thp_fault_alloc) {
	.why = HZ_SHORT_LIMIT, .name = "thp_fault_alloc",
};

FIXTURE_VARIANT_ADD(counter, limit_thp_split_pmd) {
	.why = HZ_SHORT_LIMIT, .name = "thp_split_pmd",
	.by = 1, .always = true,
};

FIXTURE_VARIANT_ADD(counter, limit_thp_fault_fallback) {
	.why = HZ_SHORT_LIMIT, .name = "thp_fault_fallback",
	.by = 1,
};

FIXTURE_VARIANT_ADD(counter, limit_thp_fault_fallback_charge) {
	.why = HZ_SHORT_LIMIT, .name = "thp_fault_fallback_charge",
	.by = 1,
};

FIXTURE_VARIANT_ADD(counter, limit_mthp_anon_fault_alloc) {
	.why = HZ_SHORT_LIMIT, .name = "anon_fault_alloc",
	.mthp = true,
};

FIXTURE_VARIANT_ADD(counter, limit_mthp_anon_fault_fallback) {
	.why = HZ_SHORT_LIMIT, .name = "anon_fault_fallback",
	.by = 1, .mthp = true,
};

FIXTURE_VARIANT_ADD(counter, limit_mthp_anon_fault_fallback_charge) {
	.why = HZ_SHORT_LIMIT, .name = "anon_fault_fallback_charge",
	.by = 1, .mthp = true,
};

FIXTURE_VARIANT_ADD(counter, injected_thp_fault_alloc) {
	.why = HZ_SHORT_INJECTED, .name = "thp_fault_alloc",
};

FIXTURE_VARIANT_ADD(counter, injected_thp_split_pmd) {
	.why = HZ_SHORT_INJECTED, .name = "thp_split_pmd",
	.by = 1, .always = true,
};

FIXTURE_VARIANT_ADD(counter, injected_thp_fault_fallback) {
	.why = HZ_SHORT_INJECTED, .name = "thp_fault_fallback",
	.by = 1,
};

FIXTURE_VARIANT_ADD(counter, injected_thp_fault_fallback_charge) {
	.why = HZ_SHORT_INJECTED, .name = "thp_fault_fallback_charge",
};

FIXTURE_VARIANT_ADD(counter, injected_mthp_anon_fault_alloc) {
	.why = HZ_SHORT_INJECTED, .name = "anon_fault_alloc",
	.mthp = true,
};

FIXTURE_VARIANT_ADD(counter, injected_mthp_anon_fault_fallback) {
	.why = HZ_SHORT_INJECTED, .name = "anon_fault_fallback",
	.by = 1, .mthp = true,
};

FIXTURE_VARIANT_ADD(counter, injected_mthp_anon_fault_fallback_charge) {
	.why = HZ_SHORT_INJECTED, .name = "anon_fault_fallback_charge",
	.mthp = true,
};

static void renew_and_read(void *range)
{
	hz_range_renew(range);
	hz_read_fault(range);
}

static void store_first(void *range)
{
	hz_store(range, BYTE);
}

FIXTURE_SETUP(counter)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->global = (struct hz_global){
		.name = variant->name, .by = variant->by,
		.read = variant->mthp ? hz_mthp_stat : hz_vmstat,
		.prepare = renew_and_read, .act = store_first,
		.arg = self->region.addr,
	};
}

FIXTURE_TEARDOWN(counter)
{
	hz_region_unmap(&self->region);
	EXPECT_EQ(0, hz_shortage_end(&self->shortage));
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(counter, moves_as_for_one_split)
{
	if (!variant->always)
		NEED(HZ_NEED_WP_THP);
	if (variant->mthp)
		NEED(HZ_NEED_MTHP_STATS);
	if (self->global.read(variant->name) < 0)
		HZ_SKIP("needs a counter named %s", variant->name);
	RUN_SHORT(&self->shortage, variant->why);
	EXPECT_GLOBAL(&self->global);
}

/* A range whose writes userfaultfd tracks: a split keeps the protection. */
FIXTURE(tracked)
{
	struct hz_region region;
	struct hz_shortage shortage;
	struct hz_uffd uffd;
	struct hz_pin pin;
	char *range, *at;
};

FIXTURE_VARIANT(tracked)
{
	enum hz_shortage_kind why;
};

FIXTURE_VARIANT_ADD(tracked, limit) {
	.why = HZ_SHORT_LIMIT,
};

FIXTURE_VARIANT_ADD(tracked, injected) {
	.why = HZ_SHORT_INJECTED,
};

FIXTURE_SETUP(tracked)
{
	hz_test_begin();
	self->uffd.fd = -1;
	self->pin.fd = -1;
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	self->at = self->range + index_of_written() * PAGE;
}

FIXTURE_TEARDOWN(tracked)
{
	hz_unpin(&self->pin);
	hz_uffd_close(&self->uffd);
	hz_region_unmap(&self->region);
	EXPECT_EQ(0, hz_shortage_end(&self->shortage));
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* Read, write-protected whole, and short of huge pages from then on. */
#define TRACK(features, answer) do { \
	NEED(hz_shortage_need(variant->why)); \
	REQUIRE_OK(hz_uffd_open(&self->uffd, features)); \
	REQUIRE_OK(hz_uffd_register(&self->uffd, self->range, PMD, \
				    HZ_UFFD_MODE_WP)); \
	hz_read_fault(self->range); \
	REQUIRE_STATE(self->range, HZ_HUGE_ZERO); \
	REQUIRE_OK(hz_uffd_protect(&self->uffd, self->range, PMD, true)); \
	REQUIRE_OK(hz_uffd_serve(&self->uffd, answer, NULL)); \
	RUN_SHORT(&self->shortage, variant->why); \
} while (0)

static long protected_pages(const char *range)
{
	struct hz_folio f;

	return hz_look_folio(range, &f) ? -1 : (long)f.uffd_wp;
}

TEST_F(tracked, store_raises_one_event)
{
	NEED(HZ_NEED_UFFD_WP);
	TRACK(HZ_UFFD_WP, hz_uffd_answer_range);
	hz_store(self->at, BYTE);
	hz_store(self->at + 1, BYTE);
	EXPECT_NUMBER("write-protect events", self->uffd.wp, 1);
}

TEST_F(tracked, range_set_free_is_split)
{
	NEED(HZ_NEED_UFFD_WP);
	TRACK(HZ_UFFD_WP, hz_uffd_answer_range);
	hz_store(self->at, BYTE);
	EXPECT_PAGES(self->range, 1, index_of_written());
	EXPECT_NUMBER("pages still protected", protected_pages(self->range), 0);
}

TEST_F(tracked, page_set_free_leaves_the_others_protected)
{
	NEED(HZ_NEED_UFFD_WP);
	TRACK(HZ_UFFD_WP, hz_uffd_answer_page);
	hz_store(self->at, BYTE);
	EXPECT_PAGES(self->range, 1, index_of_written());
	EXPECT_NUMBER("pages still protected", protected_pages(self->range),
		      PAGES - 1);
}

TEST_F(tracked, async_write_leaves_the_others_protected)
{
	NEED(HZ_NEED_UFFD_WP_ASYNC);
	TRACK(HZ_UFFD_WP | HZ_UFFD_WP_ASYNC, hz_uffd_answer_page);
	hz_store(self->at, BYTE);
	EXPECT_PAGES(self->range, 1, index_of_written());
	EXPECT_NUMBER("pages still protected", protected_pages(self->range),
		      PAGES - 1);
}

/* A pin to read gets a page of the process's own, and is no write. */
TEST_F(tracked, pin_to_read_leaves_all_protected)
{
	NEED(HZ_NEED_UFFD_WP);
	NEED(HZ_NEED_GUP_TEST);
	TRACK(HZ_UFFD_WP, hz_uffd_answer_page);
	REQUIRE_OK(hz_pin(&self->pin, self->at, PAGE, HZ_PIN_TO_READ));
	EXPECT_NUMBER("pages still protected", protected_pages(self->range),
		      PAGES);
	hz_store(self->at, BYTE);
	EXPECT_NUMBER("write-protect events", self->uffd.wp, 1);
}

/*
 * Below, a base page is not to be had either. What the process does itself is
 * tried again until there is one; what the kernel does for it fails.
 */
static int bytes_fd = -1;	/* a file of hz_write_bytes */

static int by_populate_read(char *at)
{
	return madvise(at, PAGE, MADV_POPULATE_READ) ? -errno : 0;
}

static int by_load(char *at)
{
	return hz_read_fault(at);
}

/* -EAGAIN when it could read that it is not 1. */
static int by_futex_wait(char *at)
{
	return syscall(SYS_futex, at, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0) ?
	       -errno : 0;
}

static int by_pread(char *at)
{
	return hz_write_all(pread(bytes_fd, at, HZ_WRITE_LEN, 0));
}

/* What @act returns while the next @times allocations (-1: all) fail. */
static int failing(int times, int (*act)(char *at), char *at)
{
	int err = hz_fail_allocations(0, times), got;

	if (err)
		return err;
	got = act(at);
	err = hz_fail_none();
	return err ? err : got;
}

#define NEED_POPULATE(range) do { \
	if (madvise(range, 0, MADV_POPULATE_READ)) \
		HZ_SKIP("needs MADV_POPULATE_READ and _WRITE (5.14)"); \
} while (0)

/* A read, while the page table of the range cannot be allocated. */
FIXTURE(no_page_table)
{
	struct hz_region region, other;
	struct hz_watch watch;
	char *range;
};

FIXTURE_SETUP(no_page_table)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	ASSERT_EQ(0, hz_region_map(&self->other, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	/* All else that the read would allocate. */
	hz_range_warm(self->range);
	hz_read_fault(self->other.addr);
	hz_watch_on(&self->watch, self->range,
		    "read of a range whose page table cannot be allocated");
}

FIXTURE_TEARDOWN(no_page_table)
{
	hz_region_unmap(&self->other);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(no_page_table, populating_read_fails)
{
	NEED(HZ_NEED_FAIL_PAGE_ALLOC);
	NEED_POPULATE(self->range);
	EXPECT_NUMBER("MADV_POPULATE_READ",
		      failing(-1, by_populate_read, self->range), -ENOMEM);
	EXPECT_STATE(self->range, HZ_EMPTY);
}

TEST_F(no_page_table, read_by_the_kernel_fails)
{
	NEED(HZ_NEED_FAIL_PAGE_ALLOC);
	EXPECT_NUMBER("FUTEX_WAIT on it",
		      failing(-1, by_futex_wait, self->range), -EFAULT);
	EXPECT_STATE(self->range, HZ_EMPTY);
}

TEST_F(no_page_table, failed_read_leaves_none)
{
	int err;

	NEED(HZ_NEED_PTE_KB);
	NEED(HZ_NEED_FAIL_PAGE_ALLOC);
	NEED_POPULATE(self->range);
	WATCHED(&self->watch,
		err = failing(-1, by_populate_read, self->range));
	EXPECT_NUMBER("MADV_POPULATE_READ", err, -ENOMEM);
	EXPECT_PAGE_TABLES(&self->watch, 0);
}

TEST_F(no_page_table, next_read_maps_huge_zero)
{
	NEED(HZ_NEED_FAIL_PAGE_ALLOC);
	NEED_POPULATE(self->range);
	EXPECT_NUMBER("MADV_POPULATE_READ",
		      failing(-1, by_populate_read, self->range), -ENOMEM);
	hz_read_fault(self->range);
	EXPECT_STATE(self->range, HZ_HUGE_ZERO);
}

TEST_F(no_page_table, load_is_tried_again)
{
	int err;

	NEED(HZ_NEED_FAIL_PAGE_ALLOC);
	WATCHED(&self->watch, err = failing(1, by_load, self->range));
	EXPECT_NUMBER("byte that was read", err, 0);
	EXPECT_STATE_AFTER(&self->watch, HZ_HUGE_ZERO);
}

TEST_F(no_page_table, load_tried_again_has_one_page_table)
{
	int err;

	NEED(HZ_NEED_PTE_KB);
	NEED(HZ_NEED_FAIL_PAGE_ALLOC);
	WATCHED(&self->watch, err = failing(1, by_load, self->range));
	EXPECT_NUMBER("byte that was read", err, 0);
	EXPECT_PAGE_TABLES(&self->watch, PAGES * sizeof(uint64_t));
}

/* A write, while neither a huge page nor a base page can be allocated. */
FIXTURE(no_page)
{
	struct hz_region region;
	struct hz_watch watch;
	char *range, *at;
};

FIXTURE_SETUP(no_page)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	self->at = self->range + index_of_written() * PAGE;
	hz_watch_on(&self->watch, self->range,
		    "write to a huge-zero PMD, no page to be had");
	hz_read_fault(self->range);
	bytes_fd = memfd_create("hugezero", MFD_CLOEXEC);
	ASSERT_EQ(HZ_WRITE_LEN, write(bytes_fd, hz_write_bytes, HZ_WRITE_LEN));
}

FIXTURE_TEARDOWN(no_page)
{
	close(bytes_fd);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(no_page, populating_write_fails)
{
	NEED(HZ_NEED_FAIL_PAGE_ALLOC);
	NEED_POPULATE(self->range);
	EXPECT_NUMBER("MADV_POPULATE_WRITE",
		      failing(-1, hz_write_by_populate_write, self->at),
		      -ENOMEM);
	EXPECT_PAGES(self->range, 0, -1);
}

TEST_F(no_page, process_vm_writev_fails)
{
	NEED(HZ_NEED_FAIL_PAGE_ALLOC);
	NEED_CROSS_MEMORY();
	EXPECT_NUMBER("process_vm_writev",
		      failing(-1, hz_write_by_process_vm_writev, self->at),
		      -EFAULT);
	EXPECT_ALL_ZERO(self->range);
}

TEST_F(no_page, read_into_it_fails)
{
	NEED(HZ_NEED_FAIL_PAGE_ALLOC);
	EXPECT_NUMBER("read", failing(-1, by_pread, self->at), -EFAULT);
	EXPECT_ALL_ZERO(self->range);
}

TEST_F(no_page, next_store_works)
{
	NEED(HZ_NEED_FAIL_PAGE_ALLOC);
	NEED_POPULATE(self->range);
	EXPECT_NUMBER("MADV_POPULATE_WRITE",
		      failing(-1, hz_write_by_populate_write, self->range),
		      -ENOMEM);
	hz_store(self->at, BYTE);
	EXPECT_PAGES(self->range, 1, index_of_written());
	EXPECT_ONLY_BYTES(self->range, PMD, self->at - self->range, 1, BYTE);
}

/* The huge page, once or twice, for a node may be asked first; the base page. */
TEST_F(no_page, store_is_tried_again)
{
	int err;

	NEED(HZ_NEED_FAIL_PAGE_ALLOC);
	WATCHED(&self->watch, err = failing(3, by_store, self->at));
	EXPECT_NUMBER("allocations that were to fail", err, 0);
	EXPECT_PAGES_AFTER(&self->watch, 1, index_of_written());
	EXPECT_ONLY_BYTES(self->range, PMD, self->at - self->range, 1, BYTE);
}

/* Each allocation of a fault in turn, whichever they are. */
#define ALLOCATIONS 100

FIXTURE(each_allocation)
{
	struct hz_region region, other;
	struct hz_watch watch;
	char *range;
};

FIXTURE_SETUP(each_allocation)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	ASSERT_EQ(0, hz_region_map(&self->other, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	hz_read_fault(self->other.addr);
	hz_watch_on(&self->watch, self->range, "faults in which an allocation fails");
}

FIXTURE_TEARDOWN(each_allocation)
{
	hz_region_unmap(&self->other);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

static enum hz_state state_now(const char *range)
{
	struct hz_view v;

	hz_look(range, &v);
	return v.state;
}

/* Whether a later allocation is still to fail; *@got: what @act returned. */
static bool failing_nth(unsigned int nth, int (*act)(char *at), char *at,
			int *got)
{
	bool failed;

	if (hz_fail_nth(nth))
		return false;
	*got = act(at);
	failed = hz_nth_has_failed();
	hz_fail_none();
	return failed;
}

TEST_F(each_allocation, of_a_read_fails_cleanly)
{
	char *range = self->range;
	int n = 0, got, wrong = 0;
	bool failed;

	NEED(HZ_NEED_FAIL_PAGE_ALLOC);
	NEED_POPULATE(range);
	hz_watch_begin(&self->watch);
	do {
		got = 1;
		REQUIRE_OK(hz_range_renew(range));
		failed = failing_nth(++n, by_populate_read, range, &got);
		wrong += !(got == 0 && state_now(range) == HZ_HUGE_ZERO) &&
			 !(got == -ENOMEM && state_now(range) == HZ_EMPTY);
	} while (failed && n < ALLOCATIONS);
	EXPECT_NUMBER("reads that ended in neither way", wrong, 0);
	EXPECT_NUMBER("reads of which an allocation failed: more than none",
		      n > 1, true);
	EXPECT_STATE(range, HZ_HUGE_ZERO);
	REQUIRE_OK(hz_range_renew(range));
	hz_watch_end(&self->watch);
	EXPECT_PAGE_TABLES(&self->watch, 0);
}

TEST_F(each_allocation, of_a_write_loses_nothing)
{
	char *range = self->range;
	int n = 0, got, wrong = 0;
	bool failed;

	NEED(HZ_NEED_FAIL_PAGE_ALLOC);
	NEED_POPULATE(range);
	do {
		got = 1;
		REQUIRE_OK(hz_range_renew(range));
		hz_read_fault(range);
		failed = failing_nth(++n, hz_write_by_populate_write, range,
				     &got);
		wrong += got != 0 && got != -ENOMEM;
		EXPECT_ALL_ZERO(range);
		hz_store(range + PMD - 1, BYTE);
		EXPECT_ONLY_BYTES(range, PMD, PMD - 1, 1, BYTE);
	} while (failed && n < ALLOCATIONS && !hz_failed());
	EXPECT_NUMBER("writes that neither worked nor said ENOMEM", wrong, 0);
	EXPECT_NUMBER("writes of which an allocation failed: more than none",
		      n > 1, true);
}

/*
 * Page tables are charged to a memory cgroup. Where that is full to the last
 * page, a process that goes on reading is killed, and nobody else.
 */
static long *ranges_read;	/* shared with the child */
static struct hz_memcg tiny;

static void enter_tiny(const struct hz_order *order, struct hz_told *told)
{
	long spare = 16 * PAGE, err;

	(void)order;
	err = hz_memcg_enter(&tiny);
	told->result = err ? err :
		       hz_memcg_limit(&tiny, hz_memcg_usage(&tiny) + spare);
}

static void read_ranges(const struct hz_order *order, struct hz_told *told)
{
	long i;

	for (i = 0; i < order->arg[0]; i++) {
		hz_read_fault(order->at + i * PMD);
		*ranges_read = i + 1;
	}
	told->result = i;
}

FIXTURE(full_to_the_last_page)
{
	struct hz_region region, other;
	struct hz_child child;
	long ranges;
	int err;	/* 0 or -errno of mapping them */
};

FIXTURE_SETUP(full_to_the_last_page)
{
	hz_test_begin();
	self->child = (struct hz_child){ .pid = -1, .ask = -1 };
	/* What a cgroup has in stock on each CPU, and as much again. */
	self->ranges = 2 * hz_memcg_slack() / PAGE *
		       sysconf(_SC_NPROCESSORS_CONF);
	self->err = hz_region_map(&self->region, self->ranges, HZ_ADVISE_HUGE);
	ASSERT_EQ(0, hz_region_map(&self->other, 1, HZ_ADVISE_HUGE));
	hz_read_fault(self->other.addr);
	ranges_read = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)ranges_read);
	*ranges_read = 0;
}

FIXTURE_TEARDOWN(full_to_the_last_page)
{
	hz_child_stop(&self->child);
	EXPECT_EQ(0, hz_memcg_destroy(&tiny));
	munmap(ranges_read, PAGE);
	hz_region_unmap(&self->other);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(full_to_the_last_page, reader_is_killed_alone)
{
	struct hz_order all = {
		.at = self->region.addr, .arg = { self->ranges },
	};
	struct hz_told told = { 0 };

	NEED(HZ_NEED_MEMCG);
	NEED(HZ_NEED_PTE_KB);
	NEED_MAPPED(self->err);
	NEED_NO_PANIC_ON_OOM();
	REQUIRE_OK(hz_memcg_create(&tiny, "tiny"));
	REQUIRE_OK(hz_memcg_forbid_swap(&tiny));
	REQUIRE_OK(hz_child_start(&self->child));
	REQUIRE_OK(hz_child_do(&self->child, enter_tiny, &all, &told));
	REQUIRE_OK(told.result);
	hz_child_do(&self->child, read_ranges, &all, &told);
	EXPECT_NUMBER("signal that ended the reader",
		      hz_child_stop(&self->child), SIGKILL);
	EXPECT_NUMBER("it had read some ranges, but not all",
		      *ranges_read > 0 && *ranges_read < self->ranges, true);
	EXPECT_NUMBER("OOM kills", hz_memcg_oom_kills(&tiny), 1);
	EXPECT_STATE(self->other.addr, HZ_HUGE_ZERO);
	EXPECT_ALL_ZERO(self->other.addr);
}

HZ_MAIN
