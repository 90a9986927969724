// SPDX-License-Identifier: GPL-2.0
/*
 * A huge zero PMD is copied by fork, dropped, taken apart at exit, and written
 * to in between: whoever writes gets a THP of its own, nobody else notices,
 * and what was taken is given back.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hugezero_test.h"

#define PMD	((long)hz_pmd_size())
#define PAGE	((long)hz_page_size())
#define OURS	((char)0xa5)
#define THEIRS	((char)0x5a)

/* Where parent and child store: either's byte is 0 to the other. */
#define OUR_AT		(3 * PAGE)
#define THEIR_AT	(PMD - 1)

/* fork copies the huge zero PMD: either side writes to its own copy. */
FIXTURE(forked)
{
	struct hz_region region;
	struct hz_child child;
	struct hz_told told;
	char *range;
};

FIXTURE_VARIANT(forked)
{
	const char *writers;	/* in this order: 'p'arent, 'c'hild */
};

FIXTURE_VARIANT_ADD(forked, child_writes) {
	.writers = "c",
};

FIXTURE_VARIANT_ADD(forked, parent_writes) {
	.writers = "p",
};

FIXTURE_VARIANT_ADD(forked, parent_then_child) {
	.writers = "pc",
};

FIXTURE_VARIANT_ADD(forked, child_then_parent) {
	.writers = "cp",
};

FIXTURE_SETUP(forked)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	hz_read_fault(self->range);
	ASSERT_EQ(0, hz_child_start(&self->child));
}

FIXTURE_TEARDOWN(forked)
{
	hz_region_unmap(&self->region);
	EXPECT_EQ(0, hz_child_stop(&self->child));
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

static bool writes(const char *writers, char who)
{
	return strchr(writers, who);
}

/* Each of them stores its byte. */
#define ALL_WRITE(writers) do { \
	const char *hz_who; \
	for (hz_who = (writers); *hz_who; hz_who++) { \
		if (*hz_who == 'p') \
			hz_store(self->range + OUR_AT, OURS); \
		else \
			CHILD_DOES(&self->child, hz_deed_store, &self->told, \
				   .at = self->range + THEIR_AT, \
				   .arg = { THEIRS }); \
	} \
} while (0)

TEST_F(forked, both_still_map_huge_zero)
{
	EXPECT_STATE(self->range, HZ_HUGE_ZERO);
	EXPECT_CHILD_STATE(&self->child, self->range, HZ_HUGE_ZERO);
}

TEST_F(forked, each_writer_gets_a_thp)
{
	const char *writers = variant->writers;

	NEED(HZ_NEED_WP_THP);
	ALL_WRITE(writers);
	EXPECT_STATE(self->range, writes(writers, 'p') ? HZ_ANON_THP :
							 HZ_HUGE_ZERO);
	EXPECT_CHILD_STATE(&self->child, self->range,
			   writes(writers, 'c') ? HZ_ANON_THP : HZ_HUGE_ZERO);
}

TEST_F(forked, neither_sees_what_the_other_wrote)
{
	const char *writers = variant->writers;

	REQUIRE_STATE(self->range, HZ_HUGE_ZERO);
	ALL_WRITE(writers);
	EXPECT_ONLY_BYTES(self->range, PMD, OUR_AT, writes(writers, 'p'), OURS);
	EXPECT_CHILD_BYTES(&self->child, self->range, PMD, THEIR_AT,
			   writes(writers, 'c'), THEIRS);
}

TEST_F(forked, each_store_costs_one_fault)
{
	struct hz_watch watch;
	char *range = self->range;
	const char *who;

	NEED(HZ_NEED_WP_THP);
	hz_watch_on(&watch, range, "store after a fork");
	for (who = variant->writers; *who; who++) {
		if (*who == 'p') {
			WATCHED(&watch, hz_store(range + OUR_AT, OURS));
			EXPECT_FAULTS(&watch, 1);
			EXPECT_STATE(range, HZ_ANON_THP);
		} else {
			CHILD_DOES(&self->child, hz_deed_store, &self->told,
				   .at = range + THEIR_AT, .arg = { THEIRS });
			EXPECT_CHILD_STATE(&self->child, range, HZ_ANON_THP);
			EXPECT_NUMBER("faults of the child's store",
				      self->told.result, 1);
		}
	}
}

TEST_F(forked, exit_of_the_child_leaves_ours_as_it_was)
{
	const char *writers = variant->writers;

	ALL_WRITE(writers);
	EXPECT_NUMBER("signal that ended the child",
		      hz_child_stop(&self->child), 0);
	EXPECT_ONLY_BYTES(self->range, PMD, OUR_AT, writes(writers, 'p'), OURS);
	if (!writes(writers, 'p'))
		EXPECT_STATE(self->range, HZ_HUGE_ZERO);
}

/* check_mm() compares the counters with 0 when the last user is gone. */
TEST_F(forked, exit_of_the_child_leaves_the_books_balanced)
{
	NEED(HZ_NEED_KMSG);
	ALL_WRITE(variant->writers);
	EXPECT_NUMBER("signal that ended the child",
		      hz_child_stop(&self->child), 0);
	EXPECT_QUIET_KERNEL();
}

/* Parent, child and grandchild. */
FIXTURE(generations)
{
	struct hz_region region;
	struct hz_child child;
	struct hz_told told;
	char *range;
};

/* The child's own child: both are forks of this program, and have this. */
static struct hz_child grandchild;

static void start_grandchild(const struct hz_order *order, struct hz_told *told)
{
	(void)order;
	told->result = hz_child_start(&grandchild);
}

static void grandchild_stores(const struct hz_order *order,
			      struct hz_told *told)
{
	told->result = hz_child_do(&grandchild, hz_deed_store, order, told);
}

static void grandchild_looks(const struct hz_order *order, struct hz_told *told)
{
	told->result = hz_child_do(&grandchild, hz_deed_look, order, told);
}

static void grandchild_compares(const struct hz_order *order,
				struct hz_told *told)
{
	if (hz_child_do(&grandchild, hz_deed_compare, order, told))
		told->result = -ESRCH;
}

static void stop_grandchild(const struct hz_order *order, struct hz_told *told)
{
	(void)order;
	told->result = hz_child_stop(&grandchild);
}

FIXTURE_SETUP(generations)
{
	const struct hz_order none = { 0 };

	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	hz_read_fault(self->range);
	ASSERT_EQ(0, hz_child_start(&self->child));
	ASSERT_EQ(0, hz_child_do(&self->child, start_grandchild, &none,
				 &self->told));
	ASSERT_EQ(0, self->told.result);
}

FIXTURE_TEARDOWN(generations)
{
	const struct hz_order none = { 0 };

	hz_region_unmap(&self->region);
	EXPECT_EQ(0, hz_child_do(&self->child, stop_grandchild, &none,
				 &self->told));
	EXPECT_EQ(0, hz_child_stop(&self->child));
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* From the youngest to the oldest: what the older ones map is shared still. */
#define THREE_WRITE() do { \
	CHILD_DOES(&self->child, grandchild_stores, &self->told, \
		   .at = self->range + 2 * PAGE, .arg = { 3 }); \
	CHILD_DOES(&self->child, hz_deed_store, &self->told, \
		   .at = self->range + PAGE, .arg = { 2 }); \
	hz_store(self->range, 1); \
} while (0)

TEST_F(generations, each_gets_a_thp)
{
	NEED(HZ_NEED_WP_THP);
	THREE_WRITE();
	EXPECT_STATE(self->range, HZ_ANON_THP);
	EXPECT_CHILD_STATE(&self->child, self->range, HZ_ANON_THP);
	CHILD_DOES(&self->child, grandchild_looks, &self->told,
		   .at = self->range);
	EXPECT_NUMBER("state of the range in the grandchild",
		      self->told.view.state, HZ_ANON_THP);
}

TEST_F(generations, none_sees_what_another_wrote)
{
	THREE_WRITE();
	EXPECT_ONLY_BYTES(self->range, PMD, 0, 1, 1);
	EXPECT_CHILD_BYTES(&self->child, self->range, PMD, PAGE, 1, 2);
	CHILD_DOES(&self->child, grandchild_compares, &self->told,
		   .at = self->range, .arg = { PMD, 2 * PAGE, 1, 3 });
	EXPECT_NUMBER("offset of a wrong byte in the grandchild",
		      self->told.result, -1);
}

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

/* What madvise says of a fork; the parent keeps what it had. */
FIXTURE(wiped)
{
	struct hz_region region;
	struct hz_child child;
	struct hz_told told;
	char *range;
};

FIXTURE_VARIANT(wiped)
{
	bool written;		/* before the fork */
};

FIXTURE_VARIANT_ADD(wiped, after_the_read) {
	.written = false,
};

FIXTURE_VARIANT_ADD(wiped, after_the_write) {
	.written = true,
};

FIXTURE_SETUP(wiped)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	hz_read_fault(self->range);
	if (variant->written)
		hz_store(self->range + OUR_AT, OURS);
	ASSERT_EQ(0, madvise(self->range, PMD, MADV_WIPEONFORK));
	ASSERT_EQ(0, hz_child_start(&self->child));
}

FIXTURE_TEARDOWN(wiped)
{
	hz_region_unmap(&self->region);
	EXPECT_EQ(0, hz_child_stop(&self->child));
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(wiped, child_maps_nothing)
{
	EXPECT_CHILD_STATE(&self->child, self->range, HZ_EMPTY);
}

TEST_F(wiped, child_reads_zero)
{
	EXPECT_CHILD_BYTES(&self->child, self->range, PMD, 0, 0, 0);
	EXPECT_CHILD_STATE(&self->child, self->range, HZ_HUGE_ZERO);
}

TEST_F(wiped, child_gets_a_thp_of_its_own)
{
	NEED(HZ_NEED_WP_THP);
	CHILD_DOES(&self->child, hz_deed_try_load, &self->told,
		   .at = self->range);
	CHILD_DOES(&self->child, hz_deed_store, &self->told,
		   .at = self->range + THEIR_AT, .arg = { THEIRS });
	EXPECT_CHILD_STATE(&self->child, self->range, HZ_ANON_THP);
	EXPECT_CHILD_BYTES(&self->child, self->range, PMD, THEIR_AT, 1,
			   THEIRS);
}

TEST_F(wiped, leaves_the_parent_what_it_had)
{
	EXPECT_ONLY_BYTES(self->range, PMD, OUR_AT, variant->written, OURS);
}

TEST(dontfork_leaves_the_child_no_mapping)
{
	struct hz_region r;
	struct hz_child c;
	struct hz_told told;

	hz_test_begin();
	REQUIRE_OK(hz_region_map(&r, 1, HZ_ADVISE_HUGE));
	hz_read_fault(r.addr);
	REQUIRE_OK(madvise(r.addr, PMD, MADV_DONTFORK));
	REQUIRE_OK(hz_child_start(&c));
	EXPECT_CHILD_STATE(&c, r.addr, HZ_UNMAPPED);
	CHILD_DOES(&c, hz_deed_try_load, &told, .at = r.addr);
	EXPECT_NUMBER("signal of the child's load", told.result, SIGSEGV);
	EXPECT_STATE(r.addr, HZ_HUGE_ZERO);
	EXPECT_NUMBER("signal that ended the child", hz_child_stop(&c), 0);
	hz_region_unmap(&r);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* A child that shares the memory, and writes to what its parent has read. */
FIXTURE(shared)
{
	struct hz_region region;
	struct hz_watch watch;
	char *range;
};

FIXTURE_VARIANT(shared)
{
	int flags;
};

FIXTURE_VARIANT_ADD(shared, vfork) {
	.flags = CLONE_VM | CLONE_VFORK | SIGCHLD,
};

FIXTURE_VARIANT_ADD(shared, clone_vm) {
	.flags = CLONE_VM | SIGCHLD,
};

FIXTURE_SETUP(shared)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	hz_watch_on(&self->watch, self->range,
		    "store of a child that shares the memory");
	hz_read_fault(self->range);
}

FIXTURE_TEARDOWN(shared)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

static int store_theirs(void *range)
{
	hz_store((char *)range + THEIR_AT, THEIRS);
	return 0;
}

static void child_stores(int flags, char *range)
{
	static char stack[16384] __attribute__((aligned(16)));
	pid_t pid = clone(store_theirs, stack + sizeof(stack), flags, range);

	if (pid > 0)
		waitpid(pid, NULL, 0);
}

TEST_F(shared, store_installs_one_thp)
{
	NEED(HZ_NEED_WP_THP);
	REQUIRE_STATE(self->range, HZ_HUGE_ZERO);
	WATCHED(&self->watch, child_stores(variant->flags, self->range));
	EXPECT_STATE_AFTER(&self->watch, HZ_ANON_THP);
	EXPECT_RSS(&self->watch, PMD);
}

TEST_F(shared, store_is_seen_by_the_parent)
{
	child_stores(variant->flags, self->range);
	EXPECT_ONLY_BYTES(self->range, PMD, THEIR_AT, 1, THEIRS);
}

TEST_F(shared, stores_of_both_meet_in_one_thp)
{
	NEED(HZ_NEED_WP_THP);
	child_stores(variant->flags, self->range);
	hz_watch_on(&self->watch, self->range, "the parent's store after it");
	WATCHED(&self->watch, hz_store(self->range + OUR_AT, OURS));
	EXPECT_FAULTS(&self->watch, 0);
	EXPECT_STATE(self->range, HZ_ANON_THP);
}

static void drop_a_page(const struct hz_order *order, struct hz_told *told)
{
	told->result = madvise(order->at, PAGE, MADV_DONTNEED) ? -errno : 0;
}

/* However exclusive is counted, it is not what the child maps as well. */
TEST(only_the_page_that_a_child_dropped_may_be_exclusive)
{
	struct hz_child child;
	struct hz_region r;
	struct hz_folio f;
	struct hz_told told;

	hz_test_begin();
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_KPAGEFLAGS);
	REQUIRE_OK(hz_region_map(&r, 1, HZ_ADVISE_HUGE));
	hz_read_fault(r.addr);
	hz_store(r.addr, 1);
	REQUIRE_OK(hz_child_start(&child));
	CHILD_DOES(&child, drop_a_page, &told, .at = r.addr);
	REQUIRE_OK(told.result);
	REQUIRE_STATE(r.addr, HZ_ANON_THP);
	REQUIRE_OK(hz_look_folio(r.addr, &f));
	EXPECT_NUMBER("signal that ended the child", hz_child_stop(&child), 0);
	hz_region_unmap(&r);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
	EXPECT_NUMBER_OR_KNOWN("exclusive pages that the child maps",
			       f.exclusive > 1 ? f.exclusive - 1 : 0, 0,
			       hz_pmd_pages() - 1,
			       "pagemap takes the first page of a THP for all");
}

/*
 * How many processes map any page of the mapping that begins at @at, by
 * numa_maps, which leaves out a 1; or -1.
 */
static long numa_mapmax(const char *at)
{
	FILE *file = fopen("/proc/self/numa_maps", "re");
	const char *word;
	char line[1024];
	long n = -1;

	while (file && n < 0 && fgets(line, sizeof(line), file)) {
		if (strtoul(line, NULL, 16) != (unsigned long)at)
			continue;
		word = strstr(line, " mapmax=");
		n = word ? atol(word + strlen(" mapmax=")) : 1;
	}
	if (file)
		fclose(file);
	return n;
}

/* Base pages tell what numa_maps says where the child has all pages but one. */
TEST(numa_maps_counts_each_page_of_a_shared_thp)
{
	struct hz_region r, base;
	struct hz_child child;
	struct hz_told told;
	long small, huge;

	hz_test_begin();
	NEED(HZ_NEED_WP_THP);
	REQUIRE_OK(hz_region_map(&r, 1, HZ_ADVISE_HUGE));
	REQUIRE_OK(hz_region_map(&base, 1, HZ_ADVISE_BASE));
	hz_read_fault(r.addr);
	hz_store(r.addr, 1);
	memset(base.addr, 1, PMD);
	if (numa_mapmax(base.addr) < 0)
		HZ_SKIP("needs /proc/self/numa_maps (CONFIG_NUMA)");
	EXPECT_NUMBER("mappings of the THP before", numa_mapmax(r.addr), 1);
	REQUIRE_OK(hz_child_start(&child));
	EXPECT_NUMBER("mappings of the shared THP", numa_mapmax(r.addr), 2);
	CHILD_DOES(&child, drop_a_page, &told, .at = r.addr);
	REQUIRE_OK(told.result);
	CHILD_DOES(&child, drop_a_page, &told, .at = base.addr);
	REQUIRE_OK(told.result);
	REQUIRE_STATE(r.addr, HZ_ANON_THP);
	small = numa_mapmax(base.addr);
	huge = numa_mapmax(r.addr);
	EXPECT_NUMBER("signal that ended the child", hz_child_stop(&child), 0);
	hz_region_unmap(&base);
	hz_region_unmap(&r);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
	EXPECT_NUMBER("mappings of the base pages", small, 2);
	EXPECT_NUMBER_OR_KNOWN("mappings of the THP", huge, 2, 1,
			       "numa_maps takes the first page of a THP for all");
}

/* The THP that a wp-fault installed, shared by a fork: the base of any COW. */
FIXTURE(forked_thp)
{
	struct hz_region region;
	struct hz_child child;
	struct hz_told told;
	char *range;
};

FIXTURE_VARIANT(forked_thp)
{
	const char *writers;
};

FIXTURE_VARIANT_ADD(forked_thp, child_writes) {
	.writers = "c",
};

FIXTURE_VARIANT_ADD(forked_thp, parent_writes) {
	.writers = "p",
};

FIXTURE_VARIANT_ADD(forked_thp, parent_then_child) {
	.writers = "pc",
};

FIXTURE_VARIANT_ADD(forked_thp, child_then_parent) {
	.writers = "cp",
};

FIXTURE_SETUP(forked_thp)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	hz_read_fault(self->range);
	hz_store(self->range + OUR_AT, 1);
	ASSERT_EQ(0, hz_child_start(&self->child));
}

FIXTURE_TEARDOWN(forked_thp)
{
	hz_region_unmap(&self->region);
	EXPECT_EQ(0, hz_child_stop(&self->child));
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(forked_thp, both_map_it)
{
	struct hz_folio f;

	NEED(HZ_NEED_WP_THP);
	EXPECT_STATE(self->range, HZ_ANON_THP);
	EXPECT_CHILD_STATE(&self->child, self->range, HZ_ANON_THP);
	NEED(HZ_NEED_KPAGEFLAGS);
	REQUIRE_OK(hz_look_folio(self->range, &f));
	EXPECT_NUMBER("exclusive pages", f.exclusive, 0);
}

TEST_F(forked_thp, child_has_its_bytes)
{
	EXPECT_CHILD_BYTES(&self->child, self->range, PMD, OUR_AT, 1, 1);
}

TEST_F(forked_thp, neither_sees_what_the_other_wrote)
{
	const char *writers = variant->writers;

	ALL_WRITE(writers);
	EXPECT_ONLY_BYTES(self->range, PMD, OUR_AT, 1,
			  writes(writers, 'p') ? OURS : 1);
	/* The byte from before the fork, then the child's own, then none. */
	EXPECT_CHILD_BYTES(&self->child, self->range, THEIR_AT, OUR_AT, 1, 1);
	EXPECT_CHILD_BYTES(&self->child, self->range + THEIR_AT, 1, 0,
			   writes(writers, 'c'), THEIRS);
}

TEST_F(forked_thp, exit_of_the_child_leaves_the_books_balanced)
{
	NEED(HZ_NEED_KMSG);
	ALL_WRITE(variant->writers);
	EXPECT_NUMBER("signal that ended the child",
		      hz_child_stop(&self->child), 0);
	EXPECT_QUIET_KERNEL();
}

/* Nobody else maps it any more: there is nothing to copy. */
TEST(thp_that_a_child_has_shared_is_written_in_place)
{
	struct hz_watch watch;
	struct hz_region r;
	struct hz_child c;

	hz_test_begin();
	NEED(HZ_NEED_WP_THP);
	REQUIRE_OK(hz_region_map(&r, 1, HZ_ADVISE_HUGE));
	hz_read_fault(r.addr);
	hz_store(r.addr, 1);
	REQUIRE_OK(hz_child_start(&c));
	EXPECT_NUMBER("signal that ended the child", hz_child_stop(&c), 0);
	hz_watch_on(&watch, r.addr, "store to a THP that a child has shared");
	WATCHED(&watch, hz_store(r.addr + OUR_AT, OURS));
	EXPECT_STATE_AFTER(&watch, HZ_ANON_THP);
	EXPECT_RSS(&watch, 0);
	hz_region_unmap(&r);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* The THP is dropped, and the range begins anew. */
FIXTURE(dropped)
{
	struct hz_region region;
	struct hz_watch watch;
	char *range;
};

FIXTURE_SETUP(dropped)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	hz_read_fault(self->range);
	hz_watch_on(&self->watch, self->range,
		    "MADV_DONTNEED of a range that was read and written");
}

FIXTURE_TEARDOWN(dropped)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

static int drop(char *range)
{
	return madvise(range, PMD, MADV_DONTNEED) ? -errno : 0;
}

TEST_F(dropped, huge_zero_leaves_nothing)
{
	REQUIRE_STATE(self->range, HZ_HUGE_ZERO);
	REQUIRE_OK(drop(self->range));
	EXPECT_STATE(self->range, HZ_EMPTY);
}

TEST_F(dropped, thp_leaves_nothing)
{
	NEED(HZ_NEED_WP_THP);
	hz_store(self->range, OURS);
	REQUIRE_STATE(self->range, HZ_ANON_THP);
	REQUIRE_OK(drop(self->range));
	EXPECT_STATE(self->range, HZ_EMPTY);
}

TEST_F(dropped, returns_rss)
{
	NEED(HZ_NEED_WP_THP);
	hz_store(self->range, OURS);
	REQUIRE_STATE(self->range, HZ_ANON_THP);
	WATCHED(&self->watch, drop(self->range));
	EXPECT_RSS(&self->watch, -PMD);
}

TEST_F(dropped, reads_zero_again)
{
	memset(self->range, OURS, PMD);
	REQUIRE_OK(drop(self->range));
	EXPECT_ALL_ZERO(self->range);
}

TEST_F(dropped, read_maps_huge_zero_again)
{
	NEED(HZ_NEED_WP_THP);
	hz_store(self->range, OURS);
	REQUIRE_STATE(self->range, HZ_ANON_THP);
	REQUIRE_OK(drop(self->range));
	hz_read_fault(self->range);
	EXPECT_STATE(self->range, HZ_HUGE_ZERO);
}

TEST_F(dropped, store_installs_a_thp_again)
{
	NEED(HZ_NEED_WP_THP);
	hz_store(self->range, OURS);
	REQUIRE_OK(drop(self->range));
	hz_read_fault(self->range);
	hz_watch_on(&self->watch, self->range,
		    "store to a range that was dropped and read again");
	WATCHED(&self->watch, hz_store(self->range + THEIR_AT, THEIRS));
	EXPECT_STATE_AFTER(&self->watch, HZ_ANON_THP);
	EXPECT_ONLY_BYTES(self->range, PMD, THEIR_AT, 1, THEIRS);
}

/*
 * Who has the old page in its TLB must not go on to use it: one thread on each
 * CPU reads all the time.
 */
#define MAX_READERS	64

struct readers {
	pthread_t thread[MAX_READERS];
	volatile char *at;
	atomic_int next, ready, dropped;
	int cpu[MAX_READERS], nr;
	char last[MAX_READERS];
};

static void *read_until_dropped(void *arg)
{
	struct readers *r = arg;
	int me = atomic_fetch_add(&r->next, 1);
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(r->cpu[me], &set);
	sched_setaffinity(0, sizeof(set), &set);
	(void)*r->at;
	atomic_fetch_add(&r->ready, 1);
	while (!atomic_load(&r->dropped)) {
		(void)*r->at;
		sched_yield();
	}
	r->last[me] = *r->at;
	return NULL;
}

static int start_readers(struct readers *r)
{
	cpu_set_t set;
	int cpu;

	if (sched_getaffinity(0, sizeof(set), &set))
		return -errno;
	for (cpu = 0; cpu < CPU_SETSIZE && r->nr < MAX_READERS; cpu++) {
		if (!CPU_ISSET(cpu, &set))
			continue;
		r->cpu[r->nr] = cpu;
		if (pthread_create(&r->thread[r->nr], NULL, read_until_dropped,
				   r))
			return -EAGAIN;
		r->nr++;
	}
	while (atomic_load(&r->ready) < r->nr)
		sched_yield();
	return 0;
}

TEST_F(dropped, reads_zero_on_every_cpu)
{
	static struct readers r;
	int i, err;

	r = (struct readers){ .at = self->range + THEIR_AT };
	memset(self->range, OURS, PMD);
	err = start_readers(&r);
	if (!err)
		err = drop(self->range);
	atomic_store(&r.dropped, 1);
	for (i = 0; i < r.nr; i++)
		pthread_join(r.thread[i], NULL);
	REQUIRE_OK(err);
	for (i = 0; i < r.nr; i++)
		EXPECT_NUMBER("byte that another CPU read after the drop",
			      r.last[i], 0);
}

/* Pages that were somebody's a moment ago. */
TEST(thp_shows_no_old_bytes)
{
	struct hz_region old, r;
	size_t i, nr = 4;

	hz_test_begin();
	NEED_MEMORY(nr * PMD);
	REQUIRE_OK(hz_region_map(&old, nr, HZ_ADVISE_HUGE));
	REQUIRE_OK(hz_region_map(&r, nr, HZ_ADVISE_HUGE));
	memset(old.addr, 0xff, nr * PMD);
	hz_read_all(r.addr, nr * PMD);
	hz_region_unmap(&old);
	for (i = 0; i < nr; i++) {
		hz_store(hz_range(&r, i) + OUR_AT, OURS);
		EXPECT_ONLY_BYTES(hz_range(&r, i), PMD, OUR_AT, 1, OURS);
	}
	hz_region_unmap(&r);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* Round after round, in which the same is taken and given back. */
FIXTURE(rounds)
{
	struct hz_region region;
	struct hz_watch watch;
	char *range;
};

FIXTURE_VARIANT(rounds)
{
	bool written, unmapped;
};

FIXTURE_VARIANT_ADD(rounds, of_reads) {
	.written = false,
};

FIXTURE_VARIANT_ADD(rounds, of_writes) {
	.written = true,
};

FIXTURE_VARIANT_ADD(rounds, of_writes_and_unmaps) {
	.written = true, .unmapped = true,
};

FIXTURE_SETUP(rounds)
{
	hz_test_begin();
	/*
	 * The neighbour keeps the upper levels of the page table, and RssAnon
	 * above 0, where it would be cut off.
	 */
	ASSERT_EQ(0, hz_region_map(&self->region, 2, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	hz_store(hz_range(&self->region, 1), OURS);
}

FIXTURE_TEARDOWN(rounds)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* A THP has to be zeroed each time: 400 MiB of them are many, 48 are few. */
static long rounds_of(bool written, bool many)
{
	long mib = many ? 400 : 48, n;

	if (!written)
		return many ? 1000 : 100;
	n = (mib << 20) / PMD;
	return n < 3 ? 3 : n;
}

static void play_rounds(char *range, bool written, bool unmapped, long n)
{
	while (n--) {
		hz_read_fault(range);
		if (written)
			hz_store(range + n % PMD, n);
		if (unmapped)
			hz_range_renew(range);
		else
			drop(range);
	}
}

TEST_F(rounds, return_rss)
{
	bool written = variant->written, unmapped = variant->unmapped;
	long n = rounds_of(written, false);

	hz_watch_on(&self->watch, self->range, "%ld rounds", n);
	WATCHED(&self->watch, play_rounds(self->range, written, unmapped, n));
	EXPECT_RSS(&self->watch, 0);
}

TEST_F(rounds, return_page_tables)
{
	bool written = variant->written, unmapped = variant->unmapped;
	long n = rounds_of(written, false);

	NEED(HZ_NEED_PTE_KB);
	/* Where a wp-fault splits, the page table stays from the first on. */
	play_rounds(self->range, written, unmapped, 1);
	hz_watch_on(&self->watch, self->range, "%ld rounds", n);
	WATCHED(&self->watch, play_rounds(self->range, written, unmapped, n));
	EXPECT_PAGE_TABLES(&self->watch, 0);
}

/*
 * What the whole machine has, before and after: others take of it, too, but
 * not each time, or else they do so as well while nothing is taken here.
 */
#define WINDOWS	4

struct machine {
	long (*have)(void);
	char *range;
	bool written, unmapped;
	long n, taken;		/* rounds of a window, and what they take */
};

static int windows_that_lose(const struct machine *m, bool idle)
{
	int i, lose = 0;
	long before;

	for (i = 0; i < WINDOWS; i++) {
		before = m->have();
		if (idle)
			usleep(5000);
		else
			play_rounds(m->range, m->written, m->unmapped, m->n);
		lose += before - m->have() > m->taken / 2;
	}
	return lose;
}

#define EXPECT_NOTHING_LOST(m, what) do { \
	const bool hz_lost = windows_that_lose(m, false) == WINDOWS; \
	if (hz_lost && windows_that_lose(m, true)) \
		HZ_SKIP("others on this machine take memory all the time"); \
	EXPECT_NUMBER(what " by half of what was taken, in each window", \
		      hz_lost, false); \
} while (0)

TEST_F(rounds, leave_the_machine_its_memory)
{
	const bool written = variant->written;
	const struct machine m = {
		.have = hz_mem_free, .range = self->range, .written = written,
		.unmapped = variant->unmapped, .n = rounds_of(written, !written),
		.taken = rounds_of(written, !written) * (written ? PMD : PAGE),
	};

	NEED_MEMORY(WINDOWS * m.taken);
	EXPECT_NOTHING_LOST(&m, "MemFree fell");
}

static long page_tables_of_all(void)
{
	return -hz_vmstat("nr_page_table_pages");
}

TEST_F(rounds, leave_the_machine_no_page_tables)
{
	const bool written = variant->written;
	const struct machine m = {
		.have = page_tables_of_all, .range = self->range,
		.written = written, .unmapped = variant->unmapped,
		.n = rounds_of(written, !written),
		.taken = rounds_of(written, !written),
	};

	EXPECT_NOTHING_LOST(&m, "nr_page_table_pages rose");
}

/* Every byte and every page table of it was charged to this memory cgroup. */
TEST_F(rounds, leave_nothing_charged)
{
	bool written = variant->written, unmapped = variant->unmapped;
	struct hz_memcg cg;
	long before, after;

	NEED(HZ_NEED_MEMCG);
	REQUIRE_OK(hz_memcg_create(&cg, "rounds"));
	REQUIRE_OK(hz_memcg_enter(&cg));
	hz_memcg_one_stock();
	play_rounds(self->range, written, unmapped, 4);
	before = hz_memcg_usage(&cg);
	play_rounds(self->range, written, unmapped, rounds_of(written, true));
	after = hz_memcg_usage_settled(&cg, before + hz_memcg_slack());
	EXPECT_ABOUT("charge that is left, bytes", after - before, 0,
		     hz_memcg_slack());
	EXPECT_NUMBER("memcg left behind", hz_memcg_destroy(&cg), 0);
}

HZ_MAIN
