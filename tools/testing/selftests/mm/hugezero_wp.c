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
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hugezero_scan.h"
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

TEST_F(read, is_resident_to_mincore)
{
	hz_read_fault(self->region.addr);
	REQUIRE_STATE(self->region.addr, HZ_HUGE_ZERO);
	EXPECT_NUMBER("pages in memory", hz_resident_pages(self->region.addr),
		      hz_pmd_pages());
}

/* Before 6.16, and its stable kernels of that time, it was not. */
TEST_F(read, is_the_zero_page_in_pagemap_scan)
{
	NEED(HZ_NEED_PAGEMAP_SCAN);
	hz_read_fault(self->region.addr);
	REQUIRE_STATE(self->region.addr, HZ_HUGE_ZERO);
	EXPECT_NUMBER("pages that are PAGE_IS_PFNZERO",
		      hz_scan_pages(self->region.addr, HZ_SCAN_PFNZERO),
		      hz_pmd_pages());
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
		REQUIRE_OK(hz_page_out(range, &v));
		EXPECT_NUMBER("pages still mapped after MADV_PAGEOUT", v.anon,
			      0);
		EXPECT_ONLY_BYTES(range, PMD, i * PAGE, 1, i + 1);
	}
}

/*
 * khugepaged has to have been there for its doing nothing to mean anything: a
 * range of base pages in the same process, which it is to collapse, tells. It
 * lies above the other, for khugepaged goes upwards.
 */
FIXTURE(khugepaged)
{
	struct hz_region region;
	char *wp, *base;
};

FIXTURE_SETUP(khugepaged)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 2, HZ_ADVISE_HUGE));
	self->wp = hz_range(&self->region, 0);
	self->base = hz_range(&self->region, 1);
	ASSERT_EQ(0, madvise(self->base, PMD, MADV_NOHUGEPAGE));
	hz_read_fault(self->wp);
	hz_store(self->wp, BYTE);
}

FIXTURE_TEARDOWN(khugepaged)
{
	if (!hz_missing(HZ_NEED_KHUGEPAGED)) {
		hz_knob_set("khugepaged/scan_sleep_millisecs", "600000");
		hz_knob_set("khugepaged/pages_to_scan", "4096");
	}
	hz_region_unmap(&self->region);
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
	memset(self->base, BYTE, PMD);
	REQUIRE_STATE(self->wp, HZ_ANON_THP);
	REQUIRE_OK(hz_look_folio(self->wp, &before));
	REQUIRE_OK(madvise(self->base, PMD, MADV_HUGEPAGE));
	REQUIRE_OK(hz_knob_set("khugepaged/pages_to_scan", "1000000"));
	REQUIRE_OK(hz_knob_set("khugepaged/scan_sleep_millisecs", "10"));
	if (!comes_by(self->base))
		HZ_SKIP("khugepaged did not come by in ten seconds");
	EXPECT_STATE(self->wp, HZ_ANON_THP);
	REQUIRE_OK(hz_look_folio(self->wp, &after));
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
	NEED_MAPPED(self->err); \
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
