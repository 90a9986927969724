// SPDX-License-Identifier: GPL-2.0
/*
 * What a wp-fault on the huge zero page leaves behind: what it is counted as
 * and charged to, what the folio is, and that no trace tells a range that was
 * read first from one that was written at once.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hugezero_child.h"
#include "hugezero_test.h"

#define PMD	((long)hz_pmd_size())
#define PAGE	((long)hz_page_size())
#define BYTE	((char)0xa5)

/* What was taken is given back, and the kernel's books agree. */
FIXTURE(giving_back)
{
	struct hz_region region;
	struct hz_watch watch;
};

FIXTURE_SETUP(giving_back)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 2, HZ_ADVISE_HUGE));
	hz_watch_on(&self->watch, self->region.addr,
		    "read, store and unmap of a range");
}

FIXTURE_TEARDOWN(giving_back)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

static void read_store_unmap(char *range)
{
	hz_read_fault(range);
	hz_store(range + PAGE, BYTE);
	munmap(range, PMD);
}

TEST_F(giving_back, unmap_returns_rss)
{
	WATCHED(&self->watch, read_store_unmap(self->region.addr));
	EXPECT_RSS(&self->watch, 0);
}

TEST_F(giving_back, unmap_returns_the_page_table)
{
	NEED(HZ_NEED_PTE_KB);
	/* The neighbour's VMA keeps the upper levels where they are. */
	hz_range_warm(self->region.addr);
	WATCHED(&self->watch, read_store_unmap(self->region.addr));
	EXPECT_PAGE_TABLES(&self->watch, 0);
}

/* check_mm() compares the counters with 0 when the last user is gone. */
TEST_F(giving_back, exit_leaves_the_books_balanced)
{
	int status = -1;
	pid_t pid;

	NEED(HZ_NEED_KMSG);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		hz_read_fault(self->region.addr);
		hz_store(self->region.addr, BYTE);
		_exit(0);
	}
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_QUIET_KERNEL();
}

TEST_F(giving_back, memcg_is_empty_afterwards)
{
	struct hz_memcg cg;
	long left;

	NEED(HZ_NEED_MEMCG_THP);
	REQUIRE_OK(hz_memcg_create(&cg, "back"));
	REQUIRE_OK(hz_memcg_enter(&cg));
	read_store_unmap(self->region.addr);
	left = hz_memcg_stat_settled(&cg, HZ_MEMCG_ANON_THP, 0);
	EXPECT_NUMBER("anonymous huge pages still charged, bytes", left, 0);
	EXPECT_NUMBER("memcg left behind", hz_memcg_destroy(&cg), 0);
}

/* Often enough that a huge page lost each time is more than usage may be off. */
TEST_F(giving_back, memcg_usage_is_what_it_was)
{
	/* Every CPU that it ran on may keep a stock. */
	long slack = hz_memcg_slack() * sysconf(_SC_NPROCESSORS_CONF);
	long i, before, rounds = slack / PMD + 2;
	struct hz_memcg cg;

	NEED(HZ_NEED_MEMCG);
	REQUIRE_OK(hz_memcg_create(&cg, "rounds"));
	REQUIRE_OK(hz_memcg_enter(&cg));
	before = hz_memcg_usage(&cg);
	for (i = 0; i < rounds; i++) {
		hz_range_read_anew(self->region.addr);
		hz_store(self->region.addr, BYTE);
	}
	hz_range_renew(self->region.addr);
	EXPECT_ABOUT("growth of the memcg's usage, bytes",
		     hz_memcg_usage_settled(&cg, before + slack) - before, 0,
		     slack);
	EXPECT_NUMBER("memcg left behind", hz_memcg_destroy(&cg), 0);
}

/* A major fault is also one that had to wait for a lock. */
TEST(store_is_a_minor_fault)
{
	long before, major, least = LONG_MAX;
	struct hz_region r;
	int i;

	hz_test_begin();
	REQUIRE_OK(hz_region_map(&r, 1, HZ_ADVISE_HUGE));
	for (i = 0; i < 8 && least; i++) {
		hz_range_read_anew(r.addr);
		before = hz_major_faults();
		hz_store(r.addr, BYTE);
		major = hz_major_faults() - before;
		least = major < least ? major : least;
	}
	EXPECT_NUMBER("major faults of a store, the least of 8", least, 0);
	hz_region_unmap(&r);
	hz_test_end(_metadata->name);
}

/* Counters of the whole machine. */
FIXTURE(counter)
{
	struct hz_region region;
	struct hz_global global;
};

FIXTURE_VARIANT(counter)
{
	const char *name;
	long by;
	bool mthp;
};

FIXTURE_VARIANT_ADD(counter, thp_fault_alloc) {
	.name = "thp_fault_alloc", .by = 1,
};

FIXTURE_VARIANT_ADD(counter, thp_split_pmd) {
	.name = "thp_split_pmd",
};

FIXTURE_VARIANT_ADD(counter, thp_fault_fallback) {
	.name = "thp_fault_fallback",
};

FIXTURE_VARIANT_ADD(counter, thp_fault_fallback_charge) {
	.name = "thp_fault_fallback_charge",
};

FIXTURE_VARIANT_ADD(counter, mthp_anon_fault_alloc) {
	.name = "anon_fault_alloc", .mthp = true, .by = 1,
};

FIXTURE_VARIANT_ADD(counter, mthp_anon_fault_fallback) {
	.name = "anon_fault_fallback", .mthp = true,
};

FIXTURE_VARIANT_ADD(counter, mthp_split) {
	.name = "split", .mthp = true,
};

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
		.prepare = hz_range_read_anew, .act = store_first,
		.arg = self->region.addr,
	};
}

FIXTURE_TEARDOWN(counter)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(counter, moves_as_for_one_thp)
{
	NEED(HZ_NEED_WP_THP);
	if (variant->mthp)
		NEED(HZ_NEED_MTHP_STATS);
	if (self->global.read(variant->name) < 0)
		HZ_SKIP("needs a counter named %s", variant->name);
	EXPECT_GLOBAL(&self->global);
}

/* Charges and events of a memory cgroup that nobody else is in. */
FIXTURE(memcg)
{
	struct hz_region region;
	struct hz_memcg cg, reader;
};

FIXTURE_SETUP(memcg)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	if (hz_missing(HZ_NEED_MEMCG))
		return;
	ASSERT_EQ(0, hz_memcg_create(&self->cg, "writer"));
	ASSERT_EQ(0, hz_memcg_create(&self->reader, "reader"));
}

FIXTURE_TEARDOWN(memcg)
{
	hz_region_unmap(&self->region);
	EXPECT_EQ(0, hz_memcg_destroy(&self->cg));
	EXPECT_EQ(0, hz_memcg_destroy(&self->reader));
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(memcg, is_charged_one_huge_page)
{
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_MEMCG_THP);
	REQUIRE_OK(hz_memcg_enter(&self->cg));
	hz_read_fault(self->region.addr);
	hz_store(self->region.addr, BYTE);
	EXPECT_STATE(self->region.addr, HZ_ANON_THP);
	EXPECT_NUMBER("anonymous huge pages charged, bytes",
		      hz_memcg_stat_settled(&self->cg, HZ_MEMCG_ANON_THP, PMD),
		      PMD);
}

TEST_F(memcg, usage_grows_by_one_huge_page)
{
	long before;

	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_MEMCG);
	NEED_MEMCG_BELOW_PMD();
	REQUIRE_OK(hz_memcg_enter(&self->cg));
	hz_read_fault(self->region.addr);
	before = hz_memcg_usage(&self->cg);
	hz_store(self->region.addr, BYTE);
	EXPECT_STATE(self->region.addr, HZ_ANON_THP);
	EXPECT_ABOUT("growth of the memcg's usage, bytes",
		     hz_memcg_usage(&self->cg) - before, PMD, hz_memcg_slack());
}

TEST_F(memcg, counts_one_thp_fault_alloc)
{
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_MEMCG_V2);
	REQUIRE_OK(hz_memcg_enter(&self->cg));
	hz_read_fault(self->region.addr);
	hz_store(self->region.addr, BYTE);
	EXPECT_STATE(self->region.addr, HZ_ANON_THP);
	EXPECT_NUMBER("thp_fault_alloc in memory.stat",
		      hz_memcg_stat_settled(&self->cg,
					    HZ_MEMCG_THP_FAULT_ALLOC, 1), 1);
}

/* pgfault of the whole machine is never at rest; this one is. */
TEST_F(memcg, counts_each_fault_once)
{
	long i, before;

	NEED(HZ_NEED_MEMCG_FAULTS);
	REQUIRE_OK(hz_memcg_enter(&self->cg));
	before = hz_faults();
	for (i = 0; i < 16; i++) {
		hz_range_read_anew(self->region.addr);
		hz_store(self->region.addr, BYTE);
	}
	EXPECT_ABOUT("pgfault in memory.stat, above what the thread took",
		     hz_memcg_faults_above(&self->cg, before), 0, 8);
}

/* Read in one cgroup, written in another: the writer pays. */
TEST_F(memcg, charges_the_writer)
{
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_MEMCG_THP);
	REQUIRE_OK(hz_memcg_enter(&self->reader));
	hz_read_fault(self->region.addr);
	REQUIRE_OK(hz_memcg_enter(&self->cg));
	hz_store(self->region.addr, BYTE);
	EXPECT_STATE(self->region.addr, HZ_ANON_THP);
	EXPECT_NUMBER("anonymous huge pages charged to the writer, bytes",
		      hz_memcg_stat_settled(&self->cg, HZ_MEMCG_ANON_THP, PMD),
		      PMD);
	REQUIRE_OK(hz_memcg_enter(&self->reader));
	EXPECT_NUMBER("anonymous huge pages charged to the reader, bytes",
		      hz_memcg_stat_settled(&self->reader, HZ_MEMCG_ANON_THP,
					    0), 0);
}

static struct hz_memcg *to_enter;	/* by the child */

static void enter_and_read(const struct hz_order *order, struct hz_told *told)
{
	told->result = hz_memcg_enter(to_enter);
	hz_read_fault(order->at);
}

/* process_vm_writev(2) of one byte. Returns 0 or -errno. */
static int write_to(pid_t pid, char *at)
{
	struct iovec from = { (char *)"\xa5", 1 }, to = { at, 1 };

	return process_vm_writev(pid, &from, 1, &to, 1, 0) == 1 ? 0 : -errno;
}

/* The memory is that of the process that has it, whoever writes to it. */
TEST_F(memcg, charges_the_process_that_is_written_to)
{
	struct hz_order order = { .at = self->region.addr };
	struct hz_child child;
	struct hz_told told;
	long before, after;

	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_MEMCG);
	NEED_MEMCG_BELOW_PMD();
	NEED_CROSS_MEMORY();
	to_enter = &self->cg;
	REQUIRE_OK(hz_child_start(&child));
	REQUIRE_OK(hz_child_do(&child, enter_and_read, &order, &told));
	EXPECT_NUMBER("entering the cgroup", told.result, 0);
	before = hz_memcg_usage(&self->cg);
	EXPECT_NUMBER("process_vm_writev",
		      write_to(child.pid, self->region.addr + PMD - 1), 0);
	after = hz_memcg_usage(&self->cg);
	REQUIRE_OK(hz_child_stop(&child));
	EXPECT_ABOUT("growth of its memcg's usage, bytes", after - before, PMD,
		     hz_memcg_slack());
}

/* The folio behind the PMD. */
FIXTURE(folio)
{
	struct hz_region region;
	struct hz_folio folio;
	bool made;
};

FIXTURE_SETUP(folio)
{
	struct hz_view v;

	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	hz_read_fault(self->region.addr);
	hz_store(self->region.addr + PMD / 2, BYTE);
	hz_look(self->region.addr, &v);
	self->made = v.state == HZ_ANON_THP;
	ASSERT_EQ(0, hz_look_folio(self->region.addr, &self->folio));
}

FIXTURE_TEARDOWN(folio)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* A range that got no THP is judged as such before its pages are looked at. */
#define NEED_FOLIO() do { \
	NEED(HZ_NEED_WP_THP); \
	if (!self->made) \
		REQUIRE_STATE(self->region.addr, HZ_ANON_THP); \
} while (0)

TEST_F(folio, is_one_compound_page)
{
	NEED_FOLIO();
	NEED(HZ_NEED_KPAGEFLAGS);
	EXPECT_NUMBER("first page a compound head, all others its tails",
		      self->folio.one_compound, true);
}

TEST_F(folio, is_contiguous)
{
	NEED_FOLIO();
	NEED(HZ_NEED_KPAGEFLAGS);
	EXPECT_NUMBER("each page physically behind the one before",
		      self->folio.contiguous, true);
}

TEST_F(folio, is_aligned)
{
	NEED_FOLIO();
	NEED(HZ_NEED_KPAGEFLAGS);
	EXPECT_NUMBER("first PFN a multiple of the pages of a PMD",
		      self->folio.aligned, true);
}

TEST_F(folio, is_anonymous_and_mapped)
{
	NEED_FOLIO();
	NEED(HZ_NEED_KPAGEFLAGS);
	EXPECT_FLAGS(self->region.addr,
		     HZ_BIT(ANON) | HZ_BIT(THP) | HZ_BIT(SWAPBACKED) |
		     HZ_BIT(MMAP), HZ_BIT(ZERO_PAGE));
}

TEST_F(folio, is_up_to_date)
{
	NEED_FOLIO();
	NEED(HZ_NEED_KPAGEFLAGS);
	EXPECT_FLAGS(self->region.addr, HZ_BIT(UPTODATE), 0);
}

/* A large folio does not wait in a per-CPU batch to be put on the LRU. */
TEST_F(folio, is_on_the_lru)
{
	NEED_FOLIO();
	NEED(HZ_NEED_KPAGEFLAGS);
	EXPECT_NUMBER("LRU among the flags of the head",
		      !!(self->folio.head_flags & HZ_BIT(LRU)), true);
}

TEST_F(folio, is_mapped_once)
{
	NEED_FOLIO();
	NEED(HZ_NEED_KPAGEFLAGS);
	EXPECT_NUMBER("least kpagecount", self->folio.mapcount_min, 1);
	EXPECT_NUMBER("greatest kpagecount", self->folio.mapcount_max, 1);
}

TEST_F(folio, is_present_throughout)
{
	NEED_FOLIO();
	EXPECT_NUMBER("pages present", self->folio.present, hz_pmd_pages());
}

TEST_F(folio, is_exclusive)
{
	NEED_FOLIO();
	EXPECT_NUMBER("exclusive pages", self->folio.exclusive, hz_pmd_pages());
}

TEST_F(folio, is_soft_dirty)
{
	NEED_FOLIO();
	NEED(HZ_NEED_SOFT_DIRTY);
	EXPECT_NUMBER("soft-dirty pages", self->folio.soft_dirty,
		      hz_pmd_pages());
}

TEST_F(folio, is_not_uffd_write_protected)
{
	NEED_FOLIO();
	EXPECT_NUMBER("uffd-wp pages", self->folio.uffd_wp, 0);
}

/*
 * Same end, either way: read first and then written, or written at once. This
 * is the inconsistency that the series removes.
 */
FIXTURE(same_end)
{
	struct hz_region read_first, write_first;
	struct hz_watch after_read, at_once;
};

static void read_then_store(char *range)
{
	hz_read_fault(range);
	hz_store(range + PAGE, BYTE);
}

static void store_at_once(char *range)
{
	hz_store(range + PAGE, BYTE);
}

FIXTURE_SETUP(same_end)
{
	char *first, *at_once;

	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->read_first, 1, HZ_ADVISE_HUGE));
	ASSERT_EQ(0, hz_region_map(&self->write_first, 1, HZ_ADVISE_HUGE));
	first = self->read_first.addr;
	at_once = self->write_first.addr;
	hz_range_warm(first);
	hz_range_warm(at_once);
	hz_watch_on(&self->after_read, first, "read, then store");
	hz_watch_on(&self->at_once, at_once, "store to an untouched range");
	WATCHED(&self->after_read, read_then_store(first));
	WATCHED(&self->at_once, store_at_once(at_once));
}

FIXTURE_TEARDOWN(same_end)
{
	hz_region_unmap(&self->read_first);
	hz_region_unmap(&self->write_first);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* Nothing can be compared where writing first gets no THP. */
#define NEED_BOTH() do { \
	NEED(HZ_NEED_WP_THP); \
	REQUIRE_STATE(self->write_first.addr, HZ_ANON_THP); \
	REQUIRE_STATE(self->read_first.addr, HZ_ANON_THP); \
} while (0)

TEST_F(same_end, in_the_page_table)
{
	NEED(HZ_NEED_WP_THP);
	EXPECT_STATE_AFTER(&self->at_once, HZ_ANON_THP);
	EXPECT_STATE_AFTER(&self->after_read, HZ_ANON_THP);
}

TEST_F(same_end, at_two_faults_against_one)
{
	NEED_BOTH();
	EXPECT_FAULTS(&self->at_once, 1);
	EXPECT_FAULTS(&self->after_read, 2);
}

TEST_F(same_end, in_rss)
{
	NEED_BOTH();
	EXPECT_RSS(&self->after_read, PMD);
	EXPECT_RSS(&self->at_once, PMD);
}

TEST_F(same_end, in_page_tables)
{
	NEED_BOTH();
	NEED(HZ_NEED_PTE_KB);
	EXPECT_NUMBER("VmPTE of the range read first, against the other",
		      self->after_read.after.page_tables -
		      self->after_read.before.page_tables,
		      self->at_once.after.page_tables -
		      self->at_once.before.page_tables);
}

TEST_F(same_end, in_mappings_of_each_page)
{
	struct hz_folio a, b;

	NEED_BOTH();
	NEED(HZ_NEED_KPAGEFLAGS);
	REQUIRE_OK(hz_look_folio(self->read_first.addr, &a));
	REQUIRE_OK(hz_look_folio(self->write_first.addr, &b));
	EXPECT_NUMBER("least kpagecount", a.mapcount_min, b.mapcount_min);
	EXPECT_NUMBER("greatest kpagecount", a.mapcount_max, b.mapcount_max);
}

TEST_F(same_end, in_page_flags)
{
	const uint64_t passing = HZ_KPF_OF_THE_MOMENT;
	struct hz_folio a, b;
	char names[300];

	NEED_BOTH();
	NEED(HZ_NEED_KPAGEFLAGS);
	REQUIRE_OK(hz_look_folio(self->read_first.addr, &a));
	REQUIRE_OK(hz_look_folio(self->write_first.addr, &b));
	EXPECT_EQ(b.head_flags & ~passing, a.head_flags & ~passing) {
		TH_LOG("written first: %s",
		       hz_kpf_names(b.head_flags, names, sizeof(names)));
		TH_LOG("read first: %s",
		       hz_kpf_names(a.head_flags, names, sizeof(names)));
	}
	EXPECT_EQ(b.flags_all & ~passing, a.flags_all & ~passing);
}

TEST_F(same_end, in_pagemap)
{
	struct hz_folio a, b;

	NEED_BOTH();
	REQUIRE_OK(hz_look_folio(self->read_first.addr, &a));
	REQUIRE_OK(hz_look_folio(self->write_first.addr, &b));
	EXPECT_NUMBER("pages present", a.present, b.present);
	EXPECT_NUMBER("exclusive pages", a.exclusive, b.exclusive);
	EXPECT_NUMBER("soft-dirty pages", a.soft_dirty, b.soft_dirty);
	EXPECT_NUMBER("uffd-wp pages", a.uffd_wp, b.uffd_wp);
}

TEST_F(same_end, in_smaps)
{
	struct hz_smaps_field a[64], b[64];
	int n, m, i;

	NEED_BOTH();
	n = hz_smaps_all(self->read_first.addr, a, 64);
	m = hz_smaps_all(self->write_first.addr, b, 64);
	EXPECT_NUMBER("fields of smaps", n, m);
	for (i = 0; i < n && i < m; i++)
		EXPECT_NUMBER(a[i].name, a[i].bytes, b[i].bytes);
}

TEST_F(same_end, in_contents)
{
	EXPECT_ONLY_BYTES(self->read_first.addr, PMD, PAGE, 1, BYTE);
	EXPECT_ONLY_BYTES(self->write_first.addr, PMD, PAGE, 1, BYTE);
}

HZ_MAIN
