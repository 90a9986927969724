// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that may be taken back: the huge zero folio itself when nobody maps
 * it any more, a THP that a wp-fault installed and hardly anything was written
 * to, and what madvise says is not needed.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hugezero_khugepaged.h"
#include "hugezero_scan.h"
#include "hugezero_test.h"

#define PMD	((long)hz_pmd_size())
#define PAGE	((long)hz_page_size())
#define BYTE	((char)0xa5)
#define BYTE_AT	(3 * PAGE)

#ifndef MADV_FREE
#define MADV_FREE 8
#endif
#ifndef MADV_COLD
#define MADV_COLD 20
#define MADV_PAGEOUT 21
#endif

/* Leaves @bytes of free memory full of ones, in huge pages. 0 or -errno. */
static int dirty_free_memory(long bytes)
{
	struct hz_region r;
	size_t nr = bytes / PMD ? bytes / PMD : 1;
	int err = hz_region_map(&r, nr, HZ_ADVISE_HUGE);

	if (err)
		return err;
	memset(r.addr, 0xff, nr * PMD);
	hz_region_unmap(&r);
	return 0;
}

/*
 * Fills what the kernel had for itself last with ones, and frees it. Pages that
 * it cannot move are apart from all others, the huge zero folio among them; so
 * are those that a pipe holds. Returns 0 or -errno.
 */
#define PIPES 100
#define PIPE_BYTES (1 << 20)

static int fill_pipe(int fd)
{
	static char ones[1 << 16];
	size_t i;

	memset(ones, 0xff, sizeof(ones));
	if (fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES) < 0)
		return -errno;
	for (i = 0; i < PIPE_BYTES; i += sizeof(ones))
		if (write(fd, ones, sizeof(ones)) < 0)
			return -errno;
	return 0;
}

static int dirty_memory_of_the_kernel(void)
{
	int pipes[PIPES][2], i, err = 0;

	for (i = 0; i < PIPES && !err; i++) {
		if (pipe2(pipes[i], O_CLOEXEC | O_NONBLOCK)) {
			err = -errno;
			break;
		}
		err = fill_pipe(pipes[i][1]);
	}
	while (i--) {
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
	return err;
}

/* Both use the memory of one node, and what its processor keeps at hand. */
static void share_processor(pid_t other)
{
	cpu_set_t one;

	/* Beyond 1024 of them they stay where they are. */
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	sched_setaffinity(other, sizeof(one), &one);
}

static int advise(char *range, int advice)
{
	return madvise(range, PMD, advice) ? -errno : 0;
}

/*
 * Memory that was protected from writing, of which khugepaged makes folios that
 * are smaller than a huge page; beside it the same of base pages.
 */
#define SMALL_FOLIO	(16 * PAGE)

FIXTURE(collapsed)
{
	struct hz_region region, base;
	char knobs[3][64], were[3][64];
	bool knobs_set;
	char *range;
};

enum { HUGE_SIZE, SMALL_SIZE, SLEEP };

static void make_read_only(char *range)
{
	memset(range, BYTE, PMD);
	mprotect(range, PMD, PROT_READ);
}

FIXTURE_SETUP(collapsed)
{
	size_t i;

	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_BASE));
	ASSERT_EQ(0, hz_region_map(&self->base, 1, HZ_ADVISE_BASE));
	self->range = self->region.addr;
	make_read_only(self->range);
	make_read_only(self->base.addr);
	snprintf(self->knobs[HUGE_SIZE], sizeof(self->knobs[HUGE_SIZE]),
		 "hugepages-%ldkB/enabled", PMD / 1024);
	snprintf(self->knobs[SMALL_SIZE], sizeof(self->knobs[SMALL_SIZE]),
		 "hugepages-%ldkB/enabled", SMALL_FOLIO / 1024);
	snprintf(self->knobs[SLEEP], sizeof(self->knobs[SLEEP]),
		 "khugepaged/scan_sleep_millisecs");
	for (i = 0; i < ARRAY_SIZE(self->knobs); i++)
		hz_knob_get(self->knobs[i], self->were[i],
			    sizeof(self->were[i]));
}

/* Only then: where huge pages may be made, khugepaged makes some at once. */
FIXTURE_TEARDOWN(collapsed)
{
	size_t i;

	hz_region_unmap(&self->region);
	hz_region_unmap(&self->base);
	for (i = 0; self->knobs_set && i < ARRAY_SIZE(self->knobs); i++)
		hz_knob_set(self->knobs[i], self->were[i]);
	if (self->knobs_set)
		hz_khugepaged_rest();
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

static const char *lack_of_small_folios(void)
{
	static char path[128];

	snprintf(path, sizeof(path),
		 HZ_THP_DIR "hugepages-%ldkB/stats/collapse_alloc",
		 SMALL_FOLIO / 1024);
	return access(path, F_OK) ? path : NULL;
}

static int allow_small_folios(char (*knobs)[64])
{
	static const char * const want[] = { "never", "madvise", "1" };
	int err = 0;
	size_t i;

	for (i = 0; !err && i < ARRAY_SIZE(want); i++)
		err = hz_knob_set(knobs[i], want[i]);
	return err;
}

/* Whether all of a range, which has to be in use for it, is of large folios. */
static bool khugepaged_came(char *range)
{
	struct hz_view v = { 0 };
	int tries = 2000;

	do {
		hz_read_all(range, PMD);
		hz_look(range, &v);
	} while (v.large < v.pages && --tries && !usleep(1000));
	return v.large == v.pages;
}

/*
 * What waits on the list of a processor can be neither given up nor reclaimed:
 * khugepaged's goes where it is to be, and the child's waits here.
 */
static void take_from_all_lists(char *page)
{
	cpu_set_t all;
	int n;

	if (sched_getaffinity(0, sizeof(all), &all))
		return;
	for (n = CPU_COUNT(&all); n; n--) {
		hz_go_to_next_cpu(&all);
		madvise(page, PAGE, MADV_COLD);
	}
}

static long lost_pages(const char *range)
{
	long lost = 0, at;

	for (at = 0; at < PMD; at += PAGE)
		lost += range[at] != BYTE;
	return lost;
}

TEST_F(collapsed, what_a_child_gives_up_stays_with_its_parent)
{
	int status = -1;
	bool came;
	pid_t pid;

	if (lack_of_small_folios())
		HZ_SKIP("needs a khugepaged that makes small folios (7.2): no %s",
			lack_of_small_folios());
	NEED(HZ_NEED_KHUGEPAGED);
	NEED(HZ_NEED_KPAGEFLAGS);
	REQUIRE_OK(advise(self->range, MADV_HUGEPAGE));
	self->knobs_set = true;
	REQUIRE_OK(allow_small_folios(self->knobs));
	came = khugepaged_came(self->range);
	REQUIRE_OK(hz_knob_set(self->knobs[SLEEP], self->were[SLEEP]));
	hz_khugepaged_rest();
	if (!came)
		HZ_SKIP("needs khugepaged to come");
	take_from_all_lists(self->base.addr);
	fflush(NULL);
	pid = fork();
	if (!pid)
		_exit(advise(self->range, MADV_FREE) ||
		      advise(self->base.addr, MADV_FREE));
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_NUMBER("what the child said", status, 0);
	REQUIRE_OK(advise(self->range, MADV_PAGEOUT));
	REQUIRE_OK(advise(self->base.addr, MADV_PAGEOUT));
	EXPECT_NUMBER("base pages lost", lost_pages(self->base.addr), 0);
	EXPECT_NUMBER_OR_KNOWN("pages lost", lost_pages(self->range), 0,
			       hz_pmd_pages(),
			       "khugepaged leaves what it collapsed clean, and reclaim drops it");
}

/*
 * The huge zero folio: each process that maps it holds it until it exits, and
 * a shrinker frees it when none does. This process never reads.
 */
#define READERS 3

FIXTURE(zero_folio)
{
	struct hz_region region;
	struct hz_child reader[READERS];
	struct hz_told told;
};

FIXTURE_SETUP(zero_folio)
{
	int i;

	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, READERS, HZ_ADVISE_HUGE));
	for (i = 0; i < READERS; i++)
		ASSERT_EQ(0, hz_child_start(&self->reader[i]));
}

FIXTURE_TEARDOWN(zero_folio)
{
	int i;

	for (i = 0; i < READERS; i++)
		EXPECT_EQ(0, hz_child_stop(&self->reader[i]));
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/*
 * The least of several windows is as good as it gets: if a folio was not
 * allocated anew, it is for the kernel to say who holds it.
 */
#define EXPECT_ALLOCATED(got, want) do { \
	const long hz_got = (got); \
	char hz_by[80]; \
	if (hz_got < (want) && hz_huge_zero_may_be_held(hz_by, sizeof(hz_by))) \
		HZ_SKIP("needs a huge zero folio that nobody else holds: %s", \
			hz_by); \
	EXPECT_NUMBER("huge zero folios allocated (thp_zero_page_alloc)", \
		      hz_got, want); \
} while (0)

/* Without that nothing was asked of the kernel. */
#define NEED_ALLOCATED(before, times) do { \
	if (hz_vmstat("thp_zero_page_alloc") - (before) < (times)) \
		HZ_SKIP("needs a new huge zero folio each time"); \
} while (0)

static void read_range(const struct hz_order *order, struct hz_told *told)
{
	(void)told;
	hz_read_fault(order->at);
}

/* What it would take up, if anybody had it. */
static void read_in_memcg(const struct hz_order *order, struct hz_told *told)
{
	struct hz_memcg cg;
	long before;

	if (hz_memcg_create(&cg, "reader") || hz_memcg_enter(&cg)) {
		told->result = -1;
		return;
	}
	before = hz_memcg_usage(&cg);
	told->view.anon = hz_vmstat("thp_zero_page_alloc");
	hz_read_fault(order->at);
	told->view.anon = hz_vmstat("thp_zero_page_alloc") - told->view.anon;
	told->result = hz_memcg_usage(&cg) - before;
	hz_memcg_destroy(&cg);
}

TEST_F(zero_folio, is_allocated_once_for_all)
{
	long before;
	int i;

	NEED(HZ_NEED_DROP_SLAB);
	hz_drop_slab();
	before = hz_vmstat("thp_zero_page_alloc");
	for (i = 0; i < READERS; i++) {
		CHILD_DOES(&self->reader[i], read_range, &self->told,
			   .at = hz_range(&self->region, i));
		EXPECT_CHILD_STATE(&self->reader[i],
				   hz_range(&self->region, i), HZ_HUGE_ZERO);
	}
	EXPECT_ALLOCATED(hz_vmstat("thp_zero_page_alloc") - before, 1);
}

TEST_F(zero_folio, is_freed_when_nobody_maps_it)
{
	long before;
	int i;

	NEED(HZ_NEED_DROP_SLAB);
	for (i = 0; i < READERS - 1; i++) {
		CHILD_DOES(&self->reader[i], read_range, &self->told,
			   .at = hz_range(&self->region, i));
		EXPECT_NUMBER("signal that ended a reader",
			      hz_child_stop(&self->reader[i]), 0);
	}
	hz_drop_slab();
	before = hz_vmstat("thp_zero_page_alloc");
	CHILD_DOES(&self->reader[i], read_range, &self->told,
		   .at = hz_range(&self->region, i));
	EXPECT_CHILD_STATE(&self->reader[i], hz_range(&self->region, i),
			   HZ_HUGE_ZERO);
	EXPECT_ALLOCATED(hz_vmstat("thp_zero_page_alloc") - before, 1);
}

static void read_and_tell_frame(const struct hz_order *order,
				struct hz_told *told)
{
	struct hz_folio f;

	hz_read_fault(order->at);
	told->result = hz_look_folio(order->at, &f) ? 0 : (long)f.pfn;
}

static bool frame_is(uint64_t pfn, uint64_t flags)
{
	return (hz_flags_of_frame(pfn) & flags) == flags;
}

/* Or else a THP that comes to lie there is taken for it. */
TEST_F(zero_folio, is_forgotten_when_it_is_freed)
{
	const uint64_t zero = HZ_BIT(ZERO_PAGE) | HZ_BIT(THP);
	long pfn, allocated;
	bool freed = false;
	int tries = 5;

	NEED(HZ_NEED_DROP_SLAB);
	NEED(HZ_NEED_KPAGEFLAGS);
	NEED(HZ_NEED_ZERO_COUNT);
	CHILD_DOES(&self->reader[0], read_and_tell_frame, &self->told,
		   .at = self->region.addr);
	pfn = self->told.result;
	EXPECT_CHILD_STATE(&self->reader[0], self->region.addr, HZ_HUGE_ZERO);
	EXPECT_NUMBER("THP,ZERO_PAGE in kpageflags while it is mapped",
		      frame_is(pfn, zero), 1);
	REQUIRE_OK(hz_child_stop(&self->reader[0]));
	while (!freed && tries--) {
		hz_drop_slab();
		freed = !frame_is(pfn, zero);
	}
	allocated = hz_vmstat("thp_zero_page_alloc");
	CHILD_DOES(&self->reader[1], read_range, &self->told,
		   .at = self->region.addr);
	EXPECT_CHILD_STATE(&self->reader[1], self->region.addr, HZ_HUGE_ZERO);
	/* What need not be allocated anew was not freed, whoever holds it. */
	if (hz_vmstat("thp_zero_page_alloc") == allocated)
		HZ_SKIP("needs a huge zero folio that nobody else holds");
	EXPECT_NUMBER("frame is no huge zero folio when that was freed",
		      freed, true);
}

TEST_F(zero_folio, is_kept_while_somebody_maps_it)
{
	long before;

	NEED(HZ_NEED_DROP_SLAB);
	CHILD_DOES(&self->reader[0], read_range, &self->told,
		   .at = hz_range(&self->region, 0));
	before = hz_vmstat("thp_zero_page_alloc");
	hz_drop_slab();
	CHILD_DOES(&self->reader[1], read_range, &self->told,
		   .at = hz_range(&self->region, 1));
	EXPECT_NUMBER("huge zero folios allocated (thp_zero_page_alloc)",
		      hz_vmstat("thp_zero_page_alloc") - before, 0);
}

/* Reads, order->arg[0] times anew, while no huge page can be allocated. */
static void read_in_shortage(const struct hz_order *order, struct hz_told *told)
{
	struct hz_shortage shortage;
	int err = hz_shortage_begin(&shortage, HZ_SHORT_INJECTED);
	long i, before = hz_vmstat("thp_fault_fallback");

	for (i = 0; i < order->arg[0] && !err; i++) {
		err = hz_range_renew(order->at);
		hz_read_fault(order->at);
	}
	told->result = err ? err : hz_vmstat("thp_fault_fallback") - before;
	hz_shortage_end(&shortage);
	hz_look(order->at, &told->view);
}

#define READ_WITHOUT_ZERO_FOLIO(times) do { \
	char hz_by[80]; \
	NEED(HZ_NEED_DROP_SLAB); \
	NEED(HZ_NEED_FAIL_PAGE_ALLOC); \
	hz_drop_slab(); \
	CHILD_DOES(&self->reader[0], read_in_shortage, &self->told, \
		   .at = self->region.addr, .arg = { times }); \
	if (self->told.view.state == HZ_HUGE_ZERO && \
	    hz_huge_zero_may_be_held(hz_by, sizeof(hz_by))) \
		HZ_SKIP("needs a huge zero folio that nobody else holds: %s", \
			hz_by); \
} while (0)

/* None is there, and none to be had: what is read is the small zero page. */
TEST_F(zero_folio, is_replaced_by_the_small_zero_page)
{
	READ_WITHOUT_ZERO_FOLIO(1);
	EXPECT_NUMBER("state: page table", self->told.view.state, HZ_PAGE_TABLE);
	EXPECT_NUMBER("zero pages", self->told.view.zero, 1);
	EXPECT_NUMBER("anonymous pages", self->told.view.anon, 0);
}

TEST_F(zero_folio, is_counted_when_it_cannot_be_allocated)
{
	READ_WITHOUT_ZERO_FOLIO(8);
	/* Others' may be counted as well. */
	EXPECT_NUMBER("thp_fault_fallback rose by as many as were read",
		      self->told.result >= 8, true);
}

TEST_F(zero_folio, leaves_no_page_table_when_it_cannot_be_allocated)
{
	const long rounds = 512;
	long before, more = rounds;
	int tries = 10;

	/* Others come and go: what is lost is lost always. */
	while (more > rounds / 2 && tries--) {
		before = hz_vmstat("nr_page_table_pages");
		READ_WITHOUT_ZERO_FOLIO(rounds);
		EXPECT_NUMBER("reads that fell back",
			      self->told.result >= rounds, true);
		usleep(HZ_RCU_US);
		more = hz_vmstat("nr_page_table_pages") - before;
	}
	EXPECT_NUMBER("page tables lost each time",
		      more > rounds / 2 ? more : 0, 0);
}

/*
 * What was freed last is handed out first, and a huge zero folio is clean. It
 * lies on a list of its processor's, from which the first filling of so many
 * pages pushes it out; the second makes it dirty, most often.
 */
TEST_F(zero_folio, reads_zero_when_it_is_allocated_anew)
{
	int i, err;
	long before;

	NEED(HZ_NEED_DROP_SLAB);
	NEED(HZ_NEED_ZERO_COUNT);
	NEED_MEMORY(2l * PIPES * PIPE_BYTES);
	before = hz_vmstat("thp_zero_page_alloc");
	for (i = 0; i < READERS; i++) {
		share_processor(self->reader[i].pid);
		hz_drop_slab();
		err = dirty_memory_of_the_kernel();
		if (!err)
			err = dirty_memory_of_the_kernel();
		if (err)
			HZ_SKIP("needs %d pipes of 1 MiB: %s", PIPES,
				strerror(-err));
		EXPECT_CHILD_BYTES(&self->reader[i], self->region.addr, PMD, 0,
				   0, 0);
		EXPECT_CHILD_STATE(&self->reader[i], self->region.addr,
				   HZ_HUGE_ZERO);
		REQUIRE_OK(hz_child_stop(&self->reader[i]));
	}
	NEED_ALLOCATED(before, READERS);
}

TEST_F(zero_folio, is_charged_to_nobody)
{
	long slack = hz_memcg_slack();

	NEED(HZ_NEED_DROP_SLAB);
	NEED(HZ_NEED_MEMCG);
	NEED_MEMCG_BELOW_PMD();
	hz_drop_slab();
	CHILD_DOES(&self->reader[0], read_in_memcg, &self->told,
		   .at = self->region.addr);
	EXPECT_ALLOCATED(self->told.view.anon, 1);
	EXPECT_ABOUT("charge of the first reader, bytes", self->told.result, 0,
		     slack);
}

/* Those who read it leave in any order: it is zero to those who stay. */
FIXTURE(leaving)
{
	struct hz_region region;
	struct hz_child reader[READERS];
	struct hz_told told;
};

FIXTURE_VARIANT(leaving)
{
	int order[READERS];
};

FIXTURE_VARIANT_ADD(leaving, in_order) {
	.order = { 0, 1, 2 },
};

FIXTURE_VARIANT_ADD(leaving, in_reverse) {
	.order = { 2, 1, 0 },
};

FIXTURE_SETUP(leaving)
{
	int i;

	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, READERS, HZ_ADVISE_HUGE));
	for (i = 0; i < READERS; i++)
		ASSERT_EQ(0, hz_child_start(&self->reader[i]));
}

FIXTURE_TEARDOWN(leaving)
{
	int i;

	for (i = 0; i < READERS; i++)
		EXPECT_EQ(0, hz_child_stop(&self->reader[i]));
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(leaving, those_who_stay_read_zero)
{
	int i, j, who;

	NEED(HZ_NEED_DROP_SLAB);
	NEED_MEMORY(8 * PMD);
	for (i = 0; i < READERS; i++)
		CHILD_DOES(&self->reader[i], read_range, &self->told,
			   .at = hz_range(&self->region, i));
	for (i = 0; i < READERS - 1; i++) {
		who = variant->order[i];
		EXPECT_NUMBER("signal that ended a reader",
			      hz_child_stop(&self->reader[who]), 0);
		hz_drop_slab();
		REQUIRE_OK(dirty_free_memory(8 * PMD));
		for (j = i + 1; j < READERS; j++) {
			who = variant->order[j];
			EXPECT_CHILD_BYTES(&self->reader[who],
					   hz_range(&self->region, who), PMD,
					   0, 0, 0);
			EXPECT_CHILD_STATE(&self->reader[who],
					   hz_range(&self->region, who),
					   HZ_HUGE_ZERO);
		}
	}
}

/*
 * A process that never read itself, but was forked by one that did, and that
 * is gone.
 */
struct heir {
	int go[2], tells[2];
	pid_t parent;
};

static void inherit(const struct heir *h, char *range)
{
	const struct hz_order order = { .at = range, .arg = { PMD, 0, 0, 0 } };
	struct hz_told told = { 0 };
	char c;

	close(h->go[1]);
	/* The end of the file, should the test be killed. */
	if (read(h->go[0], &c, 1) != 1)
		_exit(1);
	hz_deed_look(&order, &told);
	hz_deed_compare(&order, &told);
	_exit(write(h->tells[1], &told, sizeof(told)) != sizeof(told));
}

static int make_heir(struct heir *h, char *range)
{
	int status;

	if (pipe(h->go) || pipe(h->tells))
		return -errno;
	fflush(NULL);
	h->parent = fork();
	if (!h->parent) {
		hz_read_fault(range);
		if (!fork())
			inherit(h, range);
		_exit(0);
	}
	close(h->tells[1]);
	close(h->go[0]);
	return waitpid(h->parent, &status, 0) == h->parent ? 0 : -errno;
}

static int ask_heir(struct heir *h, struct hz_told *told)
{
	int err = 0;

	if (write(h->go[1], "!", 1) != 1 ||
	    read(h->tells[0], told, sizeof(*told)) != sizeof(*told))
		err = -ESRCH;
	close(h->go[1]);
	close(h->tells[0]);
	return err;
}

TEST(zero_folio_is_kept_for_an_heir_of_its_reader)
{
	struct hz_told told;
	struct hz_region r;
	struct heir heir;

	hz_test_begin();
	NEED(HZ_NEED_DROP_SLAB);
	NEED_MEMORY(8 * PMD);
	REQUIRE_OK(hz_region_map(&r, 1, HZ_ADVISE_HUGE));
	REQUIRE_OK(make_heir(&heir, r.addr));
	hz_drop_slab();
	REQUIRE_OK(dirty_free_memory(8 * PMD));
	REQUIRE_OK(ask_heir(&heir, &told));
	EXPECT_NUMBER("state of the range in the heir", told.view.state,
		      HZ_HUGE_ZERO);
	EXPECT_NUMBER("offset of a byte that is not 0 in the heir", told.result,
		      -1);
	hz_region_unmap(&r);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/*
 * Two threads of a new process read first, at once:
 *
 * 1. both find no huge zero folio and allocate one each,
 * 2. one of them installs it, the other has to take that and free its own,
 * 3. both add a reference for the process, which is to hold one only.
 */
#define RACES 12

struct race {
	atomic_int ready;
	char *range;
};

static void *read_second(void *arg)
{
	struct race *race = arg;

	atomic_fetch_add(&race->ready, 1);
	while (atomic_load(&race->ready) < 2)
		sched_yield();
	hz_read_fault(race->range + PMD);
	return NULL;
}

/* In a child: 0 when both ranges are as they have to be. */
static int race_to_read(char *range)
{
	struct race race = { .range = range };
	struct hz_view a, b;
	pthread_t thread;

	if (pthread_create(&thread, NULL, read_second, &race))
		return 2;
	atomic_fetch_add(&race.ready, 1);
	while (atomic_load(&race.ready) < 2)
		sched_yield();
	hz_read_fault(range);
	pthread_join(thread, NULL);
	hz_look(range, &a);
	hz_look(range + PMD, &b);
	return a.state != HZ_HUGE_ZERO || b.state != HZ_HUGE_ZERO ||
	       hz_first_nonzero(range, 2 * PMD) >= 0;
}

/*
 * Whether a reader finds the huge zero folio gone. A reference that was left
 * keeps it for ever; a process that held it by chance does not.
 */
static long allocated_anew(char *range)
{
	int tries = 5, status;
	long before, more = 0;
	pid_t pid;

	while (!more && tries--) {
		hz_drop_slab();
		before = hz_vmstat("thp_zero_page_alloc");
		fflush(NULL);
		pid = fork();
		if (!pid)
			_exit(hz_read_fault(range));
		waitpid(pid, &status, 0);
		more = hz_vmstat("thp_zero_page_alloc") - before;
	}
	return more;
}

/* Returns how many of @n races left another page in a range. */
static long races_to_read(char *range, int n)
{
	int i, status;
	long wrong = 0;
	pid_t pid;

	for (i = 0; i < n; i++) {
		hz_drop_slab();
		fflush(NULL);
		pid = fork();
		if (!pid)
			_exit(race_to_read(range));
		waitpid(pid, &status, 0);
		wrong += status != 0;
	}
	return wrong;
}

TEST(two_first_readers_share_one_zero_folio)
{
	struct hz_region r;
	long before, more;

	hz_test_begin();
	NEED(HZ_NEED_DROP_SLAB);
	REQUIRE_OK(hz_region_map(&r, 2, HZ_ADVISE_HUGE));
	before = hz_vmstat("thp_zero_page_alloc");
	EXPECT_NUMBER("races that left another page in a range",
		      races_to_read(r.addr, RACES), 0);
	if (!hz_missing(HZ_NEED_ZERO_COUNT)) {
		more = hz_vmstat("thp_zero_page_alloc") - before - RACES;
		EXPECT_NUMBER("huge zero folios above one a race",
			      more > 0 ? more : 0, 0);
		EXPECT_ALLOCATED(allocated_anew(r.addr), 1);
	}
	hz_region_unmap(&r);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* More than before; what others have on its way somewhere comes and goes. */
static long lost_since(long before, long most)
{
	int looks = 10;
	long lost;

	do {
		lost = hz_lost_huge_folios() - before;
	} while (lost > most && --looks && !usleep(20000));
	return lost > 0 ? lost : 0;
}

/* Who was second has to free what it allocated. */
TEST(two_first_readers_lose_no_folio)
{
	struct hz_region r;
	long before, allocated;

	hz_test_begin();
	NEED(HZ_NEED_DROP_SLAB);
	NEED(HZ_NEED_KPAGEFLAGS);
	NEED(HZ_NEED_ZERO_COUNT);
	REQUIRE_OK(hz_region_map(&r, 2, HZ_ADVISE_HUGE));
	before = hz_lost_huge_folios();
	allocated = hz_vmstat("thp_zero_page_alloc");
	races_to_read(r.addr, 2 * RACES);
	NEED_ALLOCATED(allocated, RACES);
	EXPECT_ABOUT("huge folios that nobody has",
		     lost_since(before, RACES / 6), 0, RACES / 6);
	hz_region_unmap(&r);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* Without the huge zero page a read already installs a THP. */
FIXTURE(no_zero_page)
{
	struct hz_region region, before;
	struct hz_watch watch;
	char *range;
};

FIXTURE_SETUP(no_zero_page)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	ASSERT_EQ(0, hz_region_map(&self->before, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	hz_read_fault(self->before.addr);
	hz_watch_on(&self->watch, self->range,
		    "read of an untouched range without use_zero_page");
}

FIXTURE_TEARDOWN(no_zero_page)
{
	hz_knob_set("use_zero_page", "1");
	hz_region_unmap(&self->before);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

#define TURN_OFF_OR_SKIP() do { \
	const int hz_err = hz_knob_set("use_zero_page", "0"); \
	if (hz_err == -EACCES || hz_err == -EPERM || hz_err == -EROFS) \
		HZ_SKIP("needs to write " HZ_THP_DIR "use_zero_page: %s", \
			strerror(-hz_err)); \
	REQUIRE_OK(hz_err); \
} while (0)

TEST_F(no_zero_page, read_installs_a_thp)
{
	char *range = self->range;

	TURN_OFF_OR_SKIP();
	WATCHED(&self->watch, hz_read_fault(range));
	EXPECT_STATE_AFTER(&self->watch, HZ_ANON_THP);
	EXPECT_FAULTS(&self->watch, 1);
	EXPECT_RSS(&self->watch, PMD);
}

TEST_F(no_zero_page, thp_reads_zero)
{
	NEED_MEMORY(5 * PMD);
	TURN_OFF_OR_SKIP();
	REQUIRE_OK(dirty_free_memory(4 * PMD));
	EXPECT_ALL_ZERO(self->range);
}

TEST_F(no_zero_page, store_costs_no_fault)
{
	char *range = self->range;

	TURN_OFF_OR_SKIP();
	hz_read_fault(range);
	REQUIRE_STATE(range, HZ_ANON_THP);
	hz_watch_on(&self->watch, range, "store after such a read");
	WATCHED(&self->watch, hz_store(range + PMD - 1, BYTE));
	EXPECT_FAULTS(&self->watch, 0);
}

/* It says what a read does, not what a write does to what was read. */
TEST_F(no_zero_page, range_that_was_read_before_gets_its_thp)
{
	char *range = self->before.addr;

	NEED(HZ_NEED_WP_THP);
	TURN_OFF_OR_SKIP();
	REQUIRE_STATE(range, HZ_HUGE_ZERO);
	hz_watch_on(&self->watch, range, "store after an earlier read");
	WATCHED(&self->watch, hz_store(range + PMD - 1, BYTE));
	EXPECT_STATE_AFTER(&self->watch, HZ_ANON_THP);
}

/* What is advised of the huge zero page: nothing is there to take. */
FIXTURE(advised)
{
	struct hz_region region;
	struct hz_watch watch;
	char *range;
};

FIXTURE_VARIANT(advised)
{
	int advice;
};

FIXTURE_VARIANT_ADD(advised, free) {
	.advice = MADV_FREE,
};

FIXTURE_VARIANT_ADD(advised, cold) {
	.advice = MADV_COLD,
};

FIXTURE_VARIANT_ADD(advised, pageout) {
	.advice = MADV_PAGEOUT,
};

FIXTURE_SETUP(advised)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	hz_read_fault(self->range);
	hz_watch_on(&self->watch, self->range,
		    "store after madvise of a huge-zero PMD");
}

FIXTURE_TEARDOWN(advised)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(advised, huge_zero_stays)
{
	REQUIRE_OK(advise(self->range, variant->advice));
	EXPECT_STATE(self->range, HZ_HUGE_ZERO);
	EXPECT_ALL_ZERO(self->range);
}

TEST_F(advised, store_installs_one_thp)
{
	NEED(HZ_NEED_WP_THP);
	REQUIRE_OK(advise(self->range, variant->advice));
	WATCHED(&self->watch, hz_store(self->range + PMD - 1, BYTE));
	EXPECT_STATE_AFTER(&self->watch, HZ_ANON_THP);
}

TEST_F(advised, store_changes_only_its_byte)
{
	REQUIRE_OK(advise(self->range, variant->advice));
	hz_store(self->range + PMD - 1, BYTE);
	EXPECT_ONLY_BYTES(self->range, PMD, PMD - 1, 1, BYTE);
}

/* The THP that was written is like any other to what is advised of it. */
FIXTURE(advised_thp)
{
	struct hz_region region;
	struct hz_watch watch;
	char *range;
};

FIXTURE_SETUP(advised_thp)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	hz_read_fault(self->range);
	hz_store(self->range + BYTE_AT, BYTE);
	hz_watch_on(&self->watch, self->range, "madvise of a THP");
}

FIXTURE_TEARDOWN(advised_thp)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(advised_thp, free_marks_it_as_lazily_freed)
{
	NEED(HZ_NEED_WP_THP);
	REQUIRE_STATE(self->range, HZ_ANON_THP);
	EXPECT_NUMBER("LazyFree before", hz_smaps(self->range, "LazyFree"), 0);
	REQUIRE_OK(advise(self->range, MADV_FREE));
	EXPECT_NUMBER("LazyFree", hz_smaps(self->range, "LazyFree"), PMD);
	EXPECT_STATE(self->range, HZ_ANON_THP);
}

/* Without swap, too: what was freed need not be kept. */
TEST_F(advised_thp, what_was_freed_is_gone_or_whole)
{
	struct hz_view v;

	hz_watch_begin(&self->watch);
	REQUIRE_OK(advise(self->range, MADV_FREE));
	REQUIRE_OK(advise(self->range, MADV_PAGEOUT));
	hz_watch_end(&self->watch);
	hz_look(self->range, &v);
	EXPECT_NUMBER("Anonymous", hz_smaps(self->range, "Anonymous"),
		      v.anon * PAGE);
	if (!hz_missing(HZ_NEED_WP_THP))
		EXPECT_RSS(&self->watch, v.anon * PAGE - PMD);
	if (v.anon)
		EXPECT_ONLY_BYTES(self->range, PMD, BYTE_AT, 1, BYTE);
	else
		EXPECT_ALL_ZERO(self->range);
}

TEST_F(advised_thp, store_after_the_free_is_kept)
{
	REQUIRE_OK(advise(self->range, MADV_FREE));
	hz_store(self->range + BYTE_AT, 1);
	REQUIRE_OK(advise(self->range, MADV_PAGEOUT));
	EXPECT_NUMBER("byte stored after MADV_FREE", self->range[BYTE_AT], 1);
}

/*
 * Frees the range, maps it by base pages, uses all and writes one of them.
 * LazyFree. On arm64 one mark may stand for 16 pages of a large folio, but not
 * of those that were changed by themselves: the page is none of the first.
 */
static long free_all_but_a_page(char *range)
{
	int err = advise(range, MADV_FREE);

	if (!err)
		err = hz_range_map_by_pages(range);
	if (err)
		return err;
	hz_read_all(range, PMD);
	hz_store(range + PMD / 2, 1);
	return hz_smaps(range, "LazyFree");
}

/* What came of a number that was @before, if most of it was lost. */
static long most_lost(long now, long before)
{
	return now >= 0 && now < before / 2 ? now : LONG_MIN;
}

/*
 * Nobody writes to what was freed. Of base pages some may wait to be counted
 * until the processor has collected enough of them.
 */
TEST_F(advised_thp, mprotect_leaves_it_lazily_freed)
{
	struct hz_region base;
	long before, now;

	REQUIRE_OK(hz_region_map(&base, 1, HZ_ADVISE_BASE));
	memset(base.addr, BYTE, PMD);
	before = free_all_but_a_page(base.addr);
	EXPECT_NUMBER("some base pages are freed", before > 0, 1);
	REQUIRE_OK(mprotect(base.addr, PMD, PROT_READ));
	EXPECT_NUMBER("no base page is taken back",
		      hz_smaps(base.addr, "LazyFree") >= before, 1);
	REQUIRE_OK(hz_range_renew(self->range));
	hz_store(self->range, BYTE);
	REQUIRE_STATE(self->range, HZ_ANON_THP);
	before = free_all_but_a_page(self->range);
	EXPECT_NUMBER("most pages are freed", before > PMD / 2, 1);
	REQUIRE_STATE(self->range, HZ_PAGE_TABLE);
	REQUIRE_OK(mprotect(self->range, PMD, PROT_READ));
	EXPECT_NUMBER("byte written since", self->range[PMD / 2], 1);
	now = hz_smaps(self->range, "LazyFree");
	EXPECT_NUMBER_OR_KNOWN("LazyFree", now, before, most_lost(now, before),
			       "mprotect() of a split THP counts as writing to it");
}

/* LazyFree of a range of which all but the first page is moved. */
static long move_all_but_a_page(char *range, char *to)
{
	size_t len = PMD - PAGE;

	if (mremap(range + PAGE, len, len, MREMAP_MAYMOVE | MREMAP_FIXED,
		   to) != to)
		return -errno;
	return hz_smaps(range, "LazyFree") + hz_smaps(to, "LazyFree");
}

/*
 * Less than a page table. Where one entry has one mark, it is moved by itself,
 * and there is no excuse.
 */
TEST_F(advised_thp, mremap_leaves_it_lazily_freed)
{
	struct hz_region base, to;
	long before, now;

	REQUIRE_OK(hz_region_map(&base, 1, HZ_ADVISE_BASE));
	REQUIRE_OK(hz_region_map(&to, 2, HZ_ADVISE_BASE));
	memset(base.addr, BYTE, PMD);
	before = free_all_but_a_page(base.addr);
	EXPECT_NUMBER("some base pages are freed", before > 0, 1);
	now = move_all_but_a_page(base.addr, hz_range(&to, 0));
	EXPECT_NUMBER("no base page is taken back", now >= before, 1);
	REQUIRE_OK(hz_range_renew(self->range));
	hz_store(self->range, BYTE);
	REQUIRE_STATE(self->range, HZ_ANON_THP);
	before = free_all_but_a_page(self->range);
	EXPECT_NUMBER("most pages are freed", before > PMD / 2, 1);
	REQUIRE_STATE(self->range, HZ_PAGE_TABLE);
	now = move_all_but_a_page(self->range, hz_range(&to, 1));
	EXPECT_NUMBER_OR_KNOWN("LazyFree", now, before,
			       before < PMD - PAGE ? most_lost(now, before) :
						     LONG_MIN,
			       "mremap() of a split THP counts as writing to it");
}

TEST_F(advised_thp, cold_forgets_that_it_was_used)
{
	NEED(HZ_NEED_WP_THP);
	REQUIRE_STATE(self->range, HZ_ANON_THP);
	EXPECT_NUMBER("Referenced before", hz_smaps(self->range, "Referenced"),
		      PMD);
	REQUIRE_OK(advise(self->range, MADV_COLD));
	EXPECT_NUMBER("Referenced", hz_smaps(self->range, "Referenced"), 0);
	EXPECT_ONLY_BYTES(self->range, PMD, BYTE_AT, 1, BYTE);
}

/*
 * Makes it cold and uses a page of it. Bytes of Referenced: a processor may
 * walk to the next page as well.
 */
static long use_a_page(char *range)
{
	int err = advise(range, MADV_COLD);

	hz_read_fault(range + PMD / 2);
	return err ? err : hz_smaps(range, "Referenced");
}

/* Whether this machine's protections of a page say nothing of its use. */
static bool leaves_base_pages_unused(void)
{
	struct utsname machine;

	return !uname(&machine) && (!strcmp(machine.machine, "x86_64") ||
				    !strcmp(machine.machine, "aarch64"));
}

TEST_F(advised_thp, mprotect_is_no_use_of_its_pages)
{
	struct hz_region base;
	long used, now;

	REQUIRE_OK(hz_region_map(&base, 1, HZ_ADVISE_BASE));
	memset(base.addr, BYTE, PMD);
	used = use_a_page(base.addr);
	EXPECT_NUMBER("few base pages are used", used > 0 && used < PMD / 4, 1);
	REQUIRE_OK(mprotect(base.addr, PMD, PROT_READ));
	now = hz_smaps(base.addr, "Referenced");
	if (now == PMD && !leaves_base_pages_unused())
		HZ_SKIP("needs base pages that mprotect() leaves unused (x86, arm64)");
	EXPECT_NUMBER("Referenced of base pages", now, used);
	REQUIRE_OK(hz_range_renew(self->range));
	memset(self->range, BYTE, PMD);
	REQUIRE_STATE(self->range, HZ_ANON_THP);
	REQUIRE_OK(hz_range_map_by_pages(self->range));
	REQUIRE_STATE(self->range, HZ_PAGE_TABLE);
	used = use_a_page(self->range);
	EXPECT_NUMBER("few pages are used", used > 0 && used < PMD / 4, 1);
	REQUIRE_OK(mprotect(self->range, PMD, PROT_READ));
	now = hz_smaps(self->range, "Referenced");
	EXPECT_NUMBER_OR_KNOWN("Referenced", now, used,
			       now > PMD / 2 ? now : LONG_MIN,
			       "mprotect() of a split THP counts as using all of it");
}

/* With swap or without. */
TEST_F(advised_thp, pageout_keeps_its_bytes)
{
	memset(self->range, BYTE, PMD);
	REQUIRE_OK(advise(self->range, MADV_PAGEOUT));
	EXPECT_ONLY_BYTES(self->range, PMD, 0, PMD, BYTE);
}

/* Out to swap and in again. */
FIXTURE(swapped)
{
	struct hz_region region;
	struct hz_watch watch;
	struct hz_view view;
	char *range;
};

FIXTURE_SETUP(swapped)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	hz_read_fault(self->range);
	memset(self->range, BYTE, PMD);
	hz_watch_on(&self->watch, self->range, "MADV_PAGEOUT of a THP");
	hz_watch_begin(&self->watch);
	if (!hz_missing(HZ_NEED_SWAP))
		hz_page_out(self->range, &self->view);
	hz_watch_end(&self->watch);
}

FIXTURE_TEARDOWN(swapped)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(swapped, out_as_a_whole)
{
	NEED(HZ_NEED_SWAP);
	EXPECT_NUMBER("pages still mapped", self->view.anon, 0);
	EXPECT_NUMBER("pages in swap", self->view.swapped, hz_pmd_pages());
}

TEST_F(swapped, returns_rss)
{
	NEED(HZ_NEED_SWAP);
	NEED(HZ_NEED_WP_THP);
	EXPECT_RSS(&self->watch, -PMD);
}

TEST_F(swapped, comes_back_with_its_bytes)
{
	NEED(HZ_NEED_SWAP);
	EXPECT_ONLY_BYTES(self->range, PMD, 0, PMD, BYTE);
}

TEST_F(swapped, store_changes_only_its_byte)
{
	NEED(HZ_NEED_SWAP);
	hz_store(self->range, 0);
	EXPECT_NUMBER("byte stored", self->range[0], 0);
	EXPECT_ONLY_BYTES(self->range + 1, PMD - 1, 0, PMD - 1, BYTE);
}

TEST_F(swapped, child_reads_its_bytes)
{
	struct hz_child c;

	NEED(HZ_NEED_SWAP);
	REQUIRE_OK(hz_child_start(&c));
	EXPECT_CHILD_BYTES(&c, self->range, PMD, 0, PMD, BYTE);
	hz_store(self->range, 0);
	EXPECT_CHILD_BYTES(&c, self->range, PMD, 0, PMD, BYTE);
	EXPECT_NUMBER("signal that ended the child", hz_child_stop(&c), 0);
}

TEST_F(swapped, drop_leaves_nothing)
{
	NEED(HZ_NEED_SWAP);
	REQUIRE_OK(advise(self->range, MADV_DONTNEED));
	EXPECT_STATE(self->range, HZ_EMPTY);
	EXPECT_ALL_ZERO(self->range);
}

/*
 * A THP with hardly a byte in it is split when memory is short, and its zero
 * pages are given back. It is queued for that when it is installed.
 */
FIXTURE(underused)
{
	struct hz_region region;
	struct hz_watch watch;
	char max_ptes_none[64];
	char *range;
};

FIXTURE_VARIANT(underused)
{
	bool read_first;
};

FIXTURE_VARIANT_ADD(underused, read_first) {
	.read_first = true,
};

FIXTURE_VARIANT_ADD(underused, written_first) {
	.read_first = false,
};

FIXTURE_SETUP(underused)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	hz_watch_on(&self->watch, self->range,
		    "shrinkers, of a THP with one byte in it");
	hz_knob_get("khugepaged/max_ptes_none", self->max_ptes_none,
		    sizeof(self->max_ptes_none));
	if (!hz_missing(HZ_NEED_UNDERUSED)) {
		/* More zero pages than none make it underused. */
		hz_knob_set("khugepaged/max_ptes_none", "0");
		hz_knob_set("shrink_underused", "1");
	}
	if (variant->read_first)
		hz_read_fault(self->range);
	hz_store(self->range + BYTE_AT, BYTE);
}

FIXTURE_TEARDOWN(underused)
{
	if (!hz_missing(HZ_NEED_UNDERUSED)) {
		hz_knob_set("shrink_underused", "0");
		hz_knob_set("khugepaged/max_ptes_none", self->max_ptes_none);
	}
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

#define NEED_UNDERUSED_THP() do { \
	NEED(HZ_NEED_DROP_SLAB); \
	NEED(HZ_NEED_UNDERUSED); \
	if (variant->read_first) \
		NEED(HZ_NEED_WP_THP); \
	REQUIRE_STATE(self->range, HZ_ANON_THP); \
} while (0)

TEST_F(underused, is_split)
{
	NEED_UNDERUSED_THP();
	WATCHED(&self->watch, hz_drop_slab());
	EXPECT_STATE_AFTER(&self->watch, HZ_PAGE_TABLE);
}

TEST_F(underused, is_counted)
{
	long before;

	NEED_UNDERUSED_THP();
	before = hz_vmstat("thp_underused_split_page");
	if (before < 0)
		HZ_SKIP("needs a counter named thp_underused_split_page");
	hz_drop_slab();
	/* Others' may be split as well. */
	EXPECT_NUMBER("thp_underused_split_page rose",
		      hz_vmstat("thp_underused_split_page") > before, true);
}

TEST_F(underused, keeps_its_byte)
{
	NEED_UNDERUSED_THP();
	hz_drop_slab();
	EXPECT_ONLY_BYTES(self->range, PMD, BYTE_AT, 1, BYTE);
}

TEST_F(underused, keeps_the_one_page_that_was_written)
{
	struct hz_view v;

	NEED_UNDERUSED_THP();
	WATCHED(&self->watch, hz_drop_slab());
	hz_look(self->range, &v);
	EXPECT_NUMBER("anonymous pages", v.anon, 1);
	EXPECT_NUMBER("its number", v.first_anon, BYTE_AT / PAGE);
	EXPECT_RSS(&self->watch, PAGE - PMD);
	EXPECT_NUMBER("Anonymous", hz_smaps(self->range, "Anonymous"), PAGE);
}

TEST_F(underused, can_be_written_again)
{
	NEED_UNDERUSED_THP();
	hz_drop_slab();
	hz_store(self->range + PMD - 1, BYTE);
	EXPECT_ONLY_BYTES(self->range, PMD - 1, BYTE_AT, 1, BYTE);
	EXPECT_NUMBER("byte stored after the split",
		      (unsigned char)self->range[PMD - 1], (unsigned char)BYTE);
}

TEST_F(underused, is_not_what_is_full)
{
	NEED_UNDERUSED_THP();
	memset(self->range, BYTE, PMD);
	hz_drop_slab();
	EXPECT_STATE(self->range, HZ_ANON_THP);
}

/* Each memory cgroup has a list of its own, which its own pressure looks at. */
TEST_F(underused, is_split_by_the_pressure_of_its_memcg)
{
	struct hz_memcg cg = { 0 };
	struct hz_view v;
	int tries = 5;

	NEED(HZ_NEED_MEMCG);
	NEED_UNDERUSED_THP();
	REQUIRE_OK(hz_memcg_create(&cg, "underused"));
	hz_memcg_forbid_swap(&cg);
	REQUIRE_OK(hz_memcg_enter(&cg));
	REQUIRE_OK(hz_range_renew(self->range));
	if (variant->read_first)
		hz_read_fault(self->range);
	hz_store(self->range + BYTE_AT, BYTE);
	REQUIRE_STATE(self->range, HZ_ANON_THP);
	hz_watch_begin(&self->watch);
	do {
		hz_memcg_reclaim(&cg, PMD);
		hz_look(self->range, &v);
	} while (v.state == HZ_ANON_THP && tries--);
	hz_watch_end(&self->watch);
	EXPECT_STATE_AFTER(&self->watch, HZ_PAGE_TABLE);
	EXPECT_NUMBER("memcg left behind", hz_memcg_destroy(&cg), 0);
}

/* Who holds the folio for a moment keeps it whole. 0 or -errno. */
static int split_by_advice(char *range)
{
	int err, tries = 20;
	struct hz_view v;

	do {
		err = madvise(range + BYTE_AT, PAGE, MADV_COLD) ? -errno : 0;
		hz_look(range, &v);
	} while (!err && v.state == HZ_ANON_THP && --tries &&
		 !usleep(10000));
	return err;
}

/*
 * Advice for a part of a THP splits it, and what is all zeros is mapped as the
 * zero page: memory that was had is given back.
 */
TEST(split_of_unused_thps_keeps_the_peak)
{
	const size_t n = 4;
	struct hz_region r;
	long peak, lost;
	size_t i;

	hz_test_begin();
	NEED(HZ_NEED_WP_THP);
	NEED_MEMORY(n * PMD);
	NEED_RSS_BELOW_PMD();
	REQUIRE_OK(hz_region_map(&r, n, HZ_ADVISE_HUGE));
	REQUIRE_OK(hz_clear_refs("5"));
	for (i = 0; i < n; i++) {
		hz_read_fault(hz_range(&r, i));
		hz_store(hz_range(&r, i), BYTE);
		REQUIRE_STATE(hz_range(&r, i), HZ_ANON_THP);
	}
	peak = hz_status("VmRSS");
	for (i = 0; i < n; i++) {
		REQUIRE_OK(split_by_advice(hz_range(&r, i)));
		REQUIRE_STATE(hz_range(&r, i), HZ_PAGE_TABLE);
	}
	if (hz_status("VmRSS") > peak - 3 * PMD)
		HZ_SKIP("needs a split that maps zero pages (6.12)");
	lost = peak - hz_status("VmHWM");
	EXPECT_NUMBER_OR_KNOWN("whether VmHWM is the peak still", lost < PMD,
			       true, lost > 2 * PMD ? false : LONG_MIN,
			       "a split that maps zero pages forgets the peak of memory");
	for (i = 0; i < n; i++)
		EXPECT_ONLY_BYTES(hz_range(&r, i), PMD, 0, 1, BYTE);
	hz_region_unmap(&r);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* Nobody asked for it when the fault came. */
TEST(thp_is_not_split_where_shrink_underused_is_off)
{
	char max_ptes_none[64];
	struct hz_region r;

	hz_test_begin();
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_DROP_SLAB);
	NEED(HZ_NEED_UNDERUSED);
	REQUIRE_OK(hz_knob_get("khugepaged/max_ptes_none", max_ptes_none,
			       sizeof(max_ptes_none)));
	REQUIRE_OK(hz_knob_set("khugepaged/max_ptes_none", "0"));
	REQUIRE_OK(hz_region_map(&r, 1, HZ_ADVISE_HUGE));
	hz_read_fault(r.addr);
	hz_store(r.addr, BYTE);
	hz_drop_slab();
	EXPECT_STATE(r.addr, HZ_ANON_THP);
	hz_knob_set("khugepaged/max_ptes_none", max_ptes_none);
	hz_region_unmap(&r);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

HZ_MAIN
