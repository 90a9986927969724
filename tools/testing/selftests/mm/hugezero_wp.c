// SPDX-License-Identifier: GPL-2.0
/*
 * One store to a range whose PMD maps the huge zero page installs one
 * PMD-mapped THP, and nothing else happens.
 *
 * Guards "mm: abstract THP allocation" and "mm: allocate THP on hugezeropage
 * wp-fault" (6.13). Before, the store split the PMD: one anonymous page, all
 * others write-protected zero pages, each with a fault of its own to come.
 *
 *	read			store			before 6.13
 *	[HHHHHHHHHHHHHHHH]  ->	[TTTTTTTTTTTTTTTT]	[AZZZZZZZZZZZZZZZ]
 */
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hugezero_test.h"

#define PMD	((long)hz_pmd_size())
#define PAGE	((long)hz_page_size())
#define BYTE	((char)0xa5)

/* Ranges that are written in a row: 32 MiB, at least 4, at most 16. */
static size_t many_ranges(void)
{
	size_t n = (32ul << 20) / hz_pmd_size();

	return n < 4 ? 4 : n > 16 ? 16 : n;
}

/*
 * The claim that all others build on. Where it does not hold at all they are
 * skipped and name it: one cause, one red line.
 */
TEST(wp_fault_installs_one_thp)
{
	struct hz_watch watch;
	struct hz_region r;

	hz_test_begin();
	REQUIRE_OK(hz_region_map(&r, 1, HZ_ADVISE_HUGE));
	hz_watch_on(&watch, r.addr, "store at +0x%lx of a huge-zero PMD",
		    PMD - 1);
	hz_read_fault(r.addr);
	REQUIRE_STATE(r.addr, HZ_HUGE_ZERO);
	WATCHED(&watch, hz_store(r.addr + PMD - 1, BYTE));
	EXPECT_STATE_AFTER(&watch, HZ_ANON_THP);
	/* Nothing may be skipped on behalf of a test that passes. */
	if (!hz_failed())
		EXPECT_NUMBER("tests that are skipped since wp-faults split",
			      !!hz_missing(HZ_NEED_WP_THP), false);
	hz_region_unmap(&r);
	hz_test_end(_metadata->name);
}

/* A range that is read and never written. */
FIXTURE(read)
{
	struct hz_region region;
	struct hz_watch watch;
};

FIXTURE_SETUP(read)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	hz_watch_on(&self->watch, self->region.addr,
		    "read of one byte of an untouched range");
}

FIXTURE_TEARDOWN(read)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(read, maps_huge_zero)
{
	WATCHED(&self->watch, hz_read_fault(self->region.addr + PMD / 2));
	EXPECT_STATE_AFTER(&self->watch, HZ_HUGE_ZERO);
}

TEST_F(read, costs_one_fault)
{
	char *range = self->region.addr;

	WATCHED(&self->watch, hz_read_fault(range));
	EXPECT_FAULTS(&self->watch, 1);
}

TEST_F(read, leaves_no_fault_for_the_rest)
{
	char *range = self->region.addr;

	hz_read_fault(range);
	REQUIRE_STATE(range, HZ_HUGE_ZERO);
	hz_watch_on(&self->watch, range, "read of every page after the first");
	WATCHED(&self->watch, hz_read_all(range, PMD));
	EXPECT_FAULTS(&self->watch, 0);
}

TEST_F(read, reads_zero)
{
	EXPECT_ALL_ZERO(self->region.addr);
	EXPECT_STATE(self->region.addr, HZ_HUGE_ZERO);
}

TEST_F(read, adds_no_rss)
{
	WATCHED(&self->watch, hz_read_fault(self->region.addr));
	EXPECT_RSS(&self->watch, 0);
}

TEST_F(read, is_no_anonymous_memory_in_smaps)
{
	hz_read_fault(self->region.addr);
	EXPECT_NUMBER("Anonymous", hz_smaps(self->region.addr, "Anonymous"), 0);
}

/* Its memory is nobody's: a sum of Rss over processes would count it often. */
TEST_F(read, is_no_rss_in_smaps)
{
	hz_read_fault(self->region.addr);
	REQUIRE_STATE(self->region.addr, HZ_HUGE_ZERO);
	EXPECT_NUMBER("Rss", hz_smaps(self->region.addr, "Rss"), 0);
}

TEST_F(read, is_no_huge_page_in_smaps)
{
	hz_read_fault(self->region.addr);
	EXPECT_NUMBER("AnonHugePages",
		      hz_smaps(self->region.addr, "AnonHugePages"), 0);
}

/* The folio may be allocated by this very read: that is nobody's charge. */
TEST_F(read, is_charged_to_no_memcg)
{
	struct hz_memcg cg;
	long before, after;

	NEED(HZ_NEED_MEMCG_THP);
	REQUIRE_OK(hz_memcg_create(&cg, "read"));
	REQUIRE_OK(hz_memcg_enter(&cg));
	before = hz_memcg_stat(&cg, HZ_MEMCG_ANON);
	hz_read_fault(self->region.addr);
	after = hz_memcg_stat_settled(&cg, HZ_MEMCG_ANON_THP, 0);
	EXPECT_NUMBER("anonymous huge pages charged, bytes", after, 0);
	after = hz_memcg_stat(&cg, HZ_MEMCG_ANON);
	EXPECT_ABOUT("anonymous memory charged, bytes", after - before, 0,
		     hz_memcg_slack());
	hz_region_unmap(&self->region);
	EXPECT_NUMBER("memcg left behind", hz_memcg_destroy(&cg), 0);
}

TEST_F(read, is_the_zero_page_in_kpageflags)
{
	NEED(HZ_NEED_KPAGEFLAGS);
	hz_read_fault(self->region.addr);
	EXPECT_FLAGS(self->region.addr, HZ_BIT(ZERO_PAGE) | HZ_BIT(THP),
		     HZ_BIT(ANON) | HZ_BIT(LRU));
}

/* One store of one byte, at every place where an offset may go wrong. */
FIXTURE(store)
{
	struct hz_region region;
	struct hz_watch watch;
	char *range, *at;
};

enum origin { START, MIDDLE, END };

FIXTURE_VARIANT(store)
{
	enum origin from;
	int pages, bytes;
};

FIXTURE_VARIANT_ADD(store, first_byte) {
	.from = START,
};

FIXTURE_VARIANT_ADD(store, last_byte) {
	.from = END, .bytes = -1,
};

FIXTURE_VARIANT_ADD(store, page_1) {
	.from = START, .pages = 1, .bytes = 7,
};

FIXTURE_VARIANT_ADD(store, before_page_border) {
	.from = START, .pages = 3, .bytes = -1,
};

FIXTURE_VARIANT_ADD(store, after_page_border) {
	.from = START, .pages = 3, .bytes = 1,
};

FIXTURE_VARIANT_ADD(store, middle_page) {
	.from = MIDDLE,
};

FIXTURE_VARIANT_ADD(store, last_page) {
	.from = END, .pages = -1,
};

static long offset_of(enum origin from, int pages, int bytes)
{
	long start = from == START ? 0 : from == MIDDLE ? PMD / 2 : PMD;

	return start + pages * PAGE + bytes;
}

FIXTURE_SETUP(store)
{
	long offset = offset_of(variant->from, variant->pages, variant->bytes);

	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	self->at = self->range + offset;
	hz_watch_on(&self->watch, self->range,
		    "store at +0x%lx of a huge-zero PMD", offset);
	hz_read_fault(self->range);
}

FIXTURE_TEARDOWN(store)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(store, installs_one_thp)
{
	NEED(HZ_NEED_WP_THP);
	REQUIRE_STATE(self->range, HZ_HUGE_ZERO);
	WATCHED(&self->watch, hz_store(self->at, BYTE));
	EXPECT_STATE_AFTER(&self->watch, HZ_ANON_THP);
}

TEST_F(store, costs_one_fault)
{
	char *at = self->at;

	NEED(HZ_NEED_WP_THP);
	REQUIRE_STATE(self->range, HZ_HUGE_ZERO);
	WATCHED(&self->watch, hz_store(at, BYTE));
	EXPECT_FAULTS(&self->watch, 1);
}

static void store_in_every_page(char *range)
{
	long i;

	for (i = 0; i < PMD; i += PAGE)
		hz_store(range + i, BYTE);
}

TEST_F(store, leaves_no_fault_for_the_rest)
{
	char *range = self->range;

	NEED(HZ_NEED_WP_THP);
	REQUIRE_STATE(range, HZ_HUGE_ZERO);
	hz_store(self->at, BYTE);
	REQUIRE_STATE(range, HZ_ANON_THP);
	hz_watch_on(&self->watch, range, "store in every page after the first");
	WATCHED(&self->watch, store_in_every_page(range));
	EXPECT_FAULTS(&self->watch, 0);
}

/* A range that was split keeps its page table until it is unmapped. */
static void renew_and_read(void *range)
{
	hz_range_renew(range);
	hz_read_fault(range);
}

TEST_F(store, is_a_minor_fault)
{
	long before, major, least = LONG_MAX;
	int i;

	/* Major is also what had to wait for a lock. */
	for (i = 0; i < 8 && least; i++) {
		renew_and_read(self->range);
		before = hz_major_faults();
		hz_store(self->at, BYTE);
		major = hz_major_faults() - before;
		least = major < least ? major : least;
	}
	EXPECT_NUMBER("major faults of a store, the least of 8", least, 0);
}

TEST_F(store, changes_only_its_byte)
{
	hz_store(self->at, BYTE);
	EXPECT_ONLY_BYTES(self->range, PMD, self->at - self->range, 1, BYTE);
}

TEST_F(store, adds_one_huge_page_of_rss)
{
	NEED(HZ_NEED_WP_THP);
	REQUIRE_STATE(self->range, HZ_HUGE_ZERO);
	WATCHED(&self->watch, hz_store(self->at, BYTE));
	EXPECT_RSS(&self->watch, PMD);
}

TEST_F(store, adds_no_page_table)
{
	NEED(HZ_NEED_PTE_KB);
	REQUIRE_STATE(self->range, HZ_HUGE_ZERO);
	WATCHED(&self->watch, hz_store(self->at, BYTE));
	EXPECT_PAGE_TABLES(&self->watch, 0);
}

/* Every way in which an instruction may write. */
static void by_byte(char *at)
{
	hz_store(at, BYTE);
}

static void by_word(char *at)
{
	volatile uint64_t *word = (void *)at;

	*word = ~0ull;
}

static void by_exchange(char *at)
{
	__atomic_exchange_n((uint32_t *)at, 0xa5a5a5a5u, __ATOMIC_SEQ_CST);
}

static void by_fetch_add(char *at)
{
	__atomic_fetch_add((uint32_t *)at, 5, __ATOMIC_SEQ_CST);
}

static void by_compare_exchange(char *at)
{
	uint32_t zero = 0;

	__atomic_compare_exchange_n((uint32_t *)at, &zero, 1, false,
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static void by_failed_compare_exchange(char *at)
{
	uint32_t other = 99;

	__atomic_compare_exchange_n((uint32_t *)at, &other, 1, false,
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

typedef uint64_t wide_t __attribute__((vector_size(16)));

static void by_wide_store(char *at)
{
	volatile wide_t *wide = (void *)at;

	*wide = (wide_t){ ~0ull, ~0ull };
}

static void by_string_store(char *at)
{
#ifdef __x86_64__
	size_t n = 300;

	asm volatile("rep stosb" : "+D" (at), "+c" (n) : "a" (BYTE) : "memory");
#else
	memset(at, BYTE, 300);
#endif
}

static void by_store_over_page_border(char *at)
{
	memcpy(at + PAGE - 4, "\1\1\1\1\1\1\1\1", 8);
}

FIXTURE(instruction)
{
	struct hz_region region;
	struct hz_watch watch;
	char *at;
};

FIXTURE_VARIANT(instruction)
{
	void (*write)(char *at);
	long from;		/* of what it writes, from @at */
	long from_page_end;	/* the same, from the end of the page of @at */
	size_t n;		/* bytes that it writes */
	char value;		/* of each of them; 0: not told by its bytes */
	/* Whether a compare-exchange that fails writes is the CPU's affair. */
	bool may_not_write;
};

FIXTURE_VARIANT_ADD(instruction, byte) {
	.write = by_byte, .n = 1, .value = BYTE,
};

FIXTURE_VARIANT_ADD(instruction, word) {
	.write = by_word, .n = 8, .value = (char)0xff,
};

FIXTURE_VARIANT_ADD(instruction, exchange) {
	.write = by_exchange, .n = 4, .value = BYTE,
};

FIXTURE_VARIANT_ADD(instruction, fetch_add) {
	.write = by_fetch_add, .n = 4,
};

FIXTURE_VARIANT_ADD(instruction, compare_exchange) {
	.write = by_compare_exchange, .n = 4,
};

FIXTURE_VARIANT_ADD(instruction, failed_compare_exchange) {
	.write = by_failed_compare_exchange, .may_not_write = true,
};

FIXTURE_VARIANT_ADD(instruction, wide_store) {
	.write = by_wide_store, .n = 16, .value = (char)0xff,
};

FIXTURE_VARIANT_ADD(instruction, string_store) {
	.write = by_string_store, .n = 300, .value = BYTE,
};

FIXTURE_VARIANT_ADD(instruction, store_over_page_border) {
	.write = by_store_over_page_border, .from_page_end = -4, .n = 8,
	.value = 1,
};

FIXTURE_SETUP(instruction)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->at = self->region.addr + 5 * PAGE;
	hz_watch_on(&self->watch, self->region.addr,
		    "write to page 5 of a huge-zero PMD");
	hz_read_fault(self->region.addr);
}

FIXTURE_TEARDOWN(instruction)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* Of a CPU that did not write, the range is still as it was read. */
static bool nothing_written(bool may_not_write, const char *range)
{
	struct hz_view v;

#ifdef __x86_64__
	return false;		/* a locked cmpxchg always writes */
#endif
	hz_look(range, &v);
	return may_not_write && v.state == HZ_HUGE_ZERO;
}

TEST_F(instruction, installs_one_thp)
{
	void (*write)(char *at) = variant->write;

	NEED(HZ_NEED_WP_THP);
	REQUIRE_STATE(self->region.addr, HZ_HUGE_ZERO);
	WATCHED(&self->watch, write(self->at));
	if (!nothing_written(variant->may_not_write, self->region.addr))
		EXPECT_STATE_AFTER(&self->watch, HZ_ANON_THP);
}

/*
 * A write that the CPU does in parts faults once: the second part, if on
 * another page, finds the THP.
 */
TEST_F(instruction, costs_one_fault)
{
	void (*write)(char *at) = variant->write;
	char *at = self->at;

	NEED(HZ_NEED_WP_THP);
	REQUIRE_STATE(self->region.addr, HZ_HUGE_ZERO);
	WATCHED(&self->watch, write(at));
	if (!nothing_written(variant->may_not_write, self->region.addr))
		EXPECT_FAULTS(&self->watch, 1);
}

TEST_F(instruction, writes_only_its_bytes)
{
	long from = self->at - self->region.addr + variant->from;
	uint32_t word;

	if (variant->from_page_end)
		from += PAGE + variant->from_page_end;
	variant->write(self->at);
	if (!variant->n || variant->value) {
		EXPECT_ONLY_BYTES(self->region.addr, PMD, from, variant->n,
				  variant->value);
		return;
	}
	/* A number in the CPU's own byte order: check it, then clear it. */
	memcpy(&word, self->at, sizeof(word));
	EXPECT_TRUE(word == 1 || word == 5);
	memset(self->at, 0, sizeof(word));
	EXPECT_ALL_ZERO(self->region.addr);
}

/* Two huge zero PMDs side by side. */
FIXTURE(two_ranges)
{
	struct hz_region region;
	struct hz_watch watch;
	char *first, *second;
};

FIXTURE_SETUP(two_ranges)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 2, HZ_ADVISE_HUGE));
	self->first = hz_range(&self->region, 0);
	self->second = hz_range(&self->region, 1);
	hz_read_fault(self->first);
	hz_read_fault(self->second);
	hz_watch_on(&self->watch, self->first,
		    "store of 8 bytes over the border of two huge-zero PMDs");
}

FIXTURE_TEARDOWN(two_ranges)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

static void store_over_border(char *border)
{
	memcpy(border - 4, "\1\1\1\1\1\1\1\1", 8);
}

TEST_F(two_ranges, straddling_store_installs_two_thps)
{
	NEED(HZ_NEED_WP_THP);
	REQUIRE_STATE(self->first, HZ_HUGE_ZERO);
	REQUIRE_STATE(self->second, HZ_HUGE_ZERO);
	WATCHED(&self->watch, store_over_border(self->second));
	EXPECT_STATE_AFTER(&self->watch, HZ_ANON_THP);
	EXPECT_STATE(self->second, HZ_ANON_THP);
}

TEST_F(two_ranges, straddling_store_costs_two_faults)
{
	char *border = self->second;

	NEED(HZ_NEED_WP_THP);
	WATCHED(&self->watch, store_over_border(border));
	EXPECT_FAULTS(&self->watch, 2);
}

TEST_F(two_ranges, straddling_store_writes_its_bytes)
{
	store_over_border(self->second);
	EXPECT_ONLY_BYTES(self->first, 2 * PMD, PMD - 4, 8, 1);
}

TEST_F(two_ranges, store_leaves_the_neighbour_huge_zero)
{
	hz_store(self->first + PMD - 1, BYTE);
	EXPECT_STATE(self->second, HZ_HUGE_ZERO);
	EXPECT_ALL_ZERO(self->second);
}

/* Those who map the same huge zero folio and do not write. */
FIXTURE(bystander)
{
	struct hz_region region, other;
	struct hz_bystander process;
};

FIXTURE_SETUP(bystander)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	ASSERT_EQ(0, hz_region_map(&self->other, 1, HZ_ADVISE_HUGE));
	ASSERT_EQ(0, hz_bystander_start(&self->process));
	hz_read_fault(self->region.addr);
	hz_read_fault(self->other.addr);
	memset(self->region.addr, BYTE, PMD);
}

FIXTURE_TEARDOWN(bystander)
{
	hz_bystander_stop(&self->process);
	hz_region_unmap(&self->other);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(bystander, other_mapping_still_reads_zero)
{
	EXPECT_ALL_ZERO(self->other.addr);
}

TEST_F(bystander, other_mapping_is_still_huge_zero)
{
	EXPECT_STATE(self->other.addr, HZ_HUGE_ZERO);
}

TEST_F(bystander, other_process_still_reads_zero)
{
	struct hz_bystander_report rep;

	REQUIRE_OK(hz_bystander_ask(&self->process, &rep));
	EXPECT_NUMBER("offset of a byte that is not 0 in the other process",
		      rep.nonzero, -1);
}

TEST_F(bystander, other_process_is_still_huge_zero)
{
	struct hz_bystander_report rep;

	REQUIRE_OK(hz_bystander_ask(&self->process, &rep));
	EXPECT_NUMBER("state of the range in the other process", rep.state,
		      HZ_HUGE_ZERO);
}

TEST_F(bystander, later_reader_reads_zero)
{
	struct hz_region late;

	REQUIRE_OK(hz_region_map(&late, 1, HZ_ADVISE_HUGE));
	EXPECT_ALL_ZERO(late.addr);
	hz_region_unmap(&late);
}

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
		renew_and_read(self->region.addr);
		hz_store(self->region.addr, BYTE);
	}
	hz_range_renew(self->region.addr);
	EXPECT_ABOUT("growth of the memcg's usage, bytes",
		     hz_memcg_usage(&cg) - before, 0, slack);
	EXPECT_NUMBER("memcg left behind", hz_memcg_destroy(&cg), 0);
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
		.prepare = renew_and_read, .act = store_first,
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

	NEED(HZ_NEED_MEMCG);
	REQUIRE_OK(hz_memcg_enter(&self->cg));
	before = hz_faults();
	for (i = 0; i < 16; i++) {
		renew_and_read(self->region.addr);
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

/* Many ranges in one mapping, in any order. */
#define MANY 16

FIXTURE(many)
{
	struct hz_region region;
	struct hz_watch watch;
	int order[MANY];
	size_t nr;
};

FIXTURE_VARIANT(many)
{
	enum { ASCENDING, DESCENDING, SHUFFLED } order;
};

FIXTURE_VARIANT_ADD(many, ascending) {
	.order = ASCENDING,
};

FIXTURE_VARIANT_ADD(many, descending) {
	.order = DESCENDING,
};

FIXTURE_VARIANT_ADD(many, shuffled) {
	.order = SHUFFLED,
};

FIXTURE_SETUP(many)
{
	size_t i;

	hz_test_begin();
	self->nr = many_ranges();
	ASSERT_EQ(0, hz_region_map(&self->region, self->nr, HZ_ADVISE_HUGE));
	for (i = 0; i < self->nr; i++) {
		/* 7 is prime to any number of ranges from 4 to 16 but 7, 14. */
		self->order[i] = variant->order == ASCENDING ? i :
				 variant->order == DESCENDING ?
				 self->nr - 1 - i :
				 (i * (self->nr % 7 ? 7 : 5) + 3) % self->nr;
		hz_read_fault(hz_range(&self->region, i));
	}
	hz_watch_on(&self->watch, self->region.addr,
		    "one store to each of %zu huge-zero PMDs", self->nr);
}

FIXTURE_TEARDOWN(many)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

static void store_many(const struct hz_region *r, const int *order)
{
	size_t i;

	for (i = 0; i < r->nr; i++)
		hz_store(hz_range(r, order[i]) + order[i] * PAGE, order[i] + 1);
}

TEST_F(many, stores_install_as_many_thps)
{
	size_t i;

	NEED(HZ_NEED_WP_THP);
	NEED_MEMORY(self->nr * PMD);
	WATCHED(&self->watch, store_many(&self->region, self->order));
	for (i = 0; i < self->nr; i++)
		EXPECT_STATE(hz_range(&self->region, i), HZ_ANON_THP);
}

TEST_F(many, stores_cost_as_many_faults)
{
	NEED(HZ_NEED_WP_THP);
	NEED_MEMORY(self->nr * PMD);
	WATCHED(&self->watch, store_many(&self->region, self->order));
	EXPECT_FAULTS(&self->watch, self->nr);
}

TEST_F(many, stores_add_as_much_rss)
{
	NEED(HZ_NEED_WP_THP);
	NEED_MEMORY(self->nr * PMD);
	WATCHED(&self->watch, store_many(&self->region, self->order));
	EXPECT_RSS(&self->watch, self->nr * PMD);
}

TEST_F(many, each_store_stays_in_its_range)
{
	size_t i;

	NEED_MEMORY(self->nr * PMD);
	store_many(&self->region, self->order);
	for (i = 0; i < self->nr; i++)
		EXPECT_ONLY_BYTES(hz_range(&self->region, i), PMD, i * PAGE, 1,
				  i + 1);
}

/*
 * To split a folio the kernel has to find all its mappings by the reverse map:
 * where that is wrong, the folio stays as it is.
 */
TEST_F(many, reverse_map_finds_each_to_split_it)
{
	char *range;
	size_t i;

	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_SPLIT_FOLIO);
	NEED_MEMORY(self->nr * PMD);
	store_many(&self->region, self->order);
	for (i = 0; i < self->nr; i++) {
		range = hz_range(&self->region, i);
		REQUIRE_STATE(range, HZ_ANON_THP);
		EXPECT_NUMBER("write to split_huge_pages",
			      hz_split_folio(range), 0);
		EXPECT_STATE(range, HZ_PAGE_TABLE);
		EXPECT_ONLY_BYTES(range, PMD, i * PAGE, 1, i + 1);
	}
}

TEST_F(many, reverse_map_finds_each_to_migrate_it)
{
	int node, to, status;
	void *page;
	size_t i;

	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_TWO_NODES);
	NEED_MEMORY(self->nr * PMD);
	store_many(&self->region, self->order);
	for (i = 0; i < self->nr; i++) {
		page = hz_range(&self->region, i);
		REQUIRE_STATE(page, HZ_ANON_THP);
		node = hz_node_of(page);
		to = !node;
		status = -1;
		EXPECT_NUMBER("move_pages",
			      syscall(SYS_move_pages, 0, 1, &page, &to, &status,
				      2 /* MPOL_MF_MOVE */), 0);
		EXPECT_NUMBER("node after the move", hz_node_of(page), to);
		EXPECT_ONLY_BYTES(page, PMD, i * PAGE, 1, i + 1);
	}
}

TEST_F(many, reverse_map_finds_each_to_swap_it_out)
{
	struct hz_view v;
	char *range;
	size_t i;

	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_SWAP);
	NEED_MEMORY(self->nr * PMD);
	store_many(&self->region, self->order);
	for (i = 0; i < self->nr; i++) {
		range = hz_range(&self->region, i);
		REQUIRE_STATE(range, HZ_ANON_THP);
		REQUIRE_OK(madvise(range, PMD, MADV_PAGEOUT));
		hz_look(range, &v);
		EXPECT_NUMBER("pages still mapped after MADV_PAGEOUT", v.anon,
			      0);
		EXPECT_ONLY_BYTES(range, PMD, i * PAGE, 1, i + 1);
	}
}

/*
 * khugepaged has to have been there for its doing nothing to mean anything: a
 * range of base pages in the same process, which it is to collapse, tells.
 */
FIXTURE(khugepaged)
{
	struct hz_region wp, base;
};

FIXTURE_SETUP(khugepaged)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->wp, 1, HZ_ADVISE_HUGE));
	ASSERT_EQ(0, hz_region_map(&self->base, 1, HZ_ADVISE_BASE));
	hz_read_fault(self->wp.addr);
	hz_store(self->wp.addr, BYTE);
}

FIXTURE_TEARDOWN(khugepaged)
{
	if (!hz_missing(HZ_NEED_KHUGEPAGED)) {
		hz_knob_set("khugepaged/scan_sleep_millisecs", "600000");
		hz_knob_set("khugepaged/pages_to_scan", "4096");
	}
	hz_region_unmap(&self->wp);
	hz_region_unmap(&self->base);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

static bool comes_by(const char *base)
{
	struct hz_view v;
	int i;

	/* It looks at a process again and again, 10 ms apart. */
	for (i = 0; i < 1000; i++) {
		hz_look(base, &v);
		if (v.state == HZ_ANON_THP)
			return true;
		usleep(10000);
	}
	return false;
}

TEST_F(khugepaged, finds_nothing_to_do)
{
	struct hz_folio before, after;

	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_KHUGEPAGED);
	NEED(HZ_NEED_KPAGEFLAGS);
	/* Base pages, and a huge one to collapse them into. */
	NEED_MEMORY(3 * PMD);
	memset(self->base.addr, BYTE, PMD);
	REQUIRE_STATE(self->wp.addr, HZ_ANON_THP);
	REQUIRE_OK(hz_look_folio(self->wp.addr, &before));
	REQUIRE_OK(madvise(self->base.addr, PMD, MADV_HUGEPAGE));
	REQUIRE_OK(hz_knob_set("khugepaged/pages_to_scan", "1000000"));
	REQUIRE_OK(hz_knob_set("khugepaged/scan_sleep_millisecs", "10"));
	if (!comes_by(self->base.addr))
		HZ_SKIP("khugepaged did not come by in ten seconds");
	EXPECT_STATE(self->wp.addr, HZ_ANON_THP);
	REQUIRE_OK(hz_look_folio(self->wp.addr, &after));
	EXPECT_EQ(before.pfn, after.pfn);
}

/* Mappings that are not what they were, or not small. */
FIXTURE(mapping)
{
	struct hz_region region;
	struct hz_watch watch;
	char *range;
	int err;
};

FIXTURE_VARIANT(mapping)
{
	/* Makes @region, reads @range of it first. 0 or -errno. */
	int (*make)(struct hz_region *region, char **range);
};

/* One range, read; then the VMA grows by one, which is the one to write. */
static int make_grown(struct hz_region *r, char **range)
{
	int err = hz_region_map_spare(r, 1, 1, HZ_ADVISE_HUGE);

	if (err)
		return err;
	hz_read_fault(r->addr);
	*range = r->addr + PMD;
	munmap(*range, PMD);
	if (mremap(r->addr, PMD, 2 * PMD, 0) == MAP_FAILED)
		return -errno;
	hz_read_fault(*range);
	return 0;
}

static int make_shrunk(struct hz_region *r, char **range)
{
	int err = hz_region_map(r, 2, HZ_ADVISE_HUGE);

	if (err)
		return err;
	*range = r->addr;
	hz_read_fault(r->addr);
	hz_read_fault(r->addr + PMD);
	if (mremap(r->addr, 2 * PMD, PMD, 0) == MAP_FAILED)
		return -errno;
	return 0;
}

/* Two VMAs, each read, that become one: the second is the one to write. */
static int make_merged(struct hz_region *r, char **range)
{
	int err = hz_region_map(r, 2, HZ_ADVISE_HUGE);

	if (err)
		return err;
	hz_read_fault(r->addr);
	*range = r->addr + PMD;
	if (mprotect(*range, PMD, PROT_READ))
		return -errno;
	hz_read_fault(*range);
	if (mprotect(*range, PMD, PROT_READ | PROT_WRITE))
		return -errno;
	return hz_smaps(*range, "Size") == 2 * PMD ? 0 : -EXDEV;
}

/* One VMA that becomes two at the border of its ranges. */
static int make_split(struct hz_region *r, char **range)
{
	int err = hz_region_map(r, 2, HZ_ADVISE_HUGE);

	if (err)
		return err;
	hz_read_fault(r->addr);
	hz_read_fault(r->addr + PMD);
	*range = r->addr;
	return mprotect(r->addr + PMD, PMD, PROT_READ) ? -errno : 0;
}

/* 3 GiB: three upper-level tables, of which two only hold one range. */
static int make_large(struct hz_region *r)
{
	return hz_region_map(r, (3ul << 30) / PMD, HZ_ADVISE_HUGE);
}

static int make_first_of_gigabytes(struct hz_region *r, char **range)
{
	int err = make_large(r);

	*range = r->addr;
	if (!err)
		hz_read_fault(*range);
	return err;
}

static int make_last_of_gigabytes(struct hz_region *r, char **range)
{
	int err = make_large(r);

	if (err)
		return err;
	*range = hz_range(r, r->nr - 1);
	hz_read_fault(*range);
	return 0;
}

FIXTURE_VARIANT_ADD(mapping, grown) {
	.make = make_grown,
};

FIXTURE_VARIANT_ADD(mapping, shrunk) {
	.make = make_shrunk,
};

FIXTURE_VARIANT_ADD(mapping, merged) {
	.make = make_merged,
};

FIXTURE_VARIANT_ADD(mapping, split) {
	.make = make_split,
};

FIXTURE_VARIANT_ADD(mapping, first_of_gigabytes) {
	.make = make_first_of_gigabytes,
};

FIXTURE_VARIANT_ADD(mapping, last_of_gigabytes) {
	.make = make_last_of_gigabytes,
};

FIXTURE_SETUP(mapping)
{
	hz_test_begin();
	self->err = variant->make(&self->region, &self->range);
	hz_watch_on(&self->watch, self->range,
		    "store to a huge-zero PMD of this mapping");
}

FIXTURE_TEARDOWN(mapping)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

#define NEED_MAPPING() do { \
	/* vm.overcommit_memory=2 and ulimit -v forbid large mappings. */ \
	if (self->err == -ENOMEM) \
		HZ_SKIP("needs address space for a large mapping: %s", \
			strerror(ENOMEM)); \
	REQUIRE_OK(self->err); \
	REQUIRE_STATE(self->range, HZ_HUGE_ZERO); \
} while (0)

TEST_F(mapping, store_installs_one_thp)
{
	NEED(HZ_NEED_WP_THP);
	NEED_MAPPING();
	WATCHED(&self->watch, hz_store(self->range + PMD - 1, BYTE));
	EXPECT_STATE_AFTER(&self->watch, HZ_ANON_THP);
}

TEST_F(mapping, store_changes_only_its_byte)
{
	NEED_MAPPING();
	hz_store(self->range + PMD - 1, BYTE);
	EXPECT_ONLY_BYTES(self->range, PMD, PMD - 1, 1, BYTE);
}

HZ_MAIN
