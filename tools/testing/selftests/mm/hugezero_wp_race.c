// SPDX-License-Identifier: GPL-2.0
/*
 * The same fault, while other processors do other things to the same memory.
 *
 * Each test runs rounds of a few stores against each other or against one
 * system call, at times that random numbers choose; it says which interleaving
 * it hunts, with the place in do_huge_zero_wp_pmd() where the other one has to
 * come in:
 *
 *	(1) the fault reads the PMD: it maps the huge zero page
 *	(2) a huge page is allocated, charged and cleared: the longest part
 *	(3) the PMD is locked, and compared with what was read at (1)
 *	(4) the PMD is cleared, and other processors forget it
 *	(5) the PMD maps the new page; it is counted
 *
 * Nothing here waits for luck: a round ends when its work is done, and what is
 * judged holds in every interleaving. HZ_SEED=N repeats the random numbers.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hugezero_crew.h"
#include "hugezero_test.h"
#include "hugezero_trap.h"

#define PMD	((long)hz_pmd_size())
#define PAGE	((long)hz_page_size())

/* Each writer has this many bytes of a page to itself. */
#define SHARE	16
#define STORES	12

/* So many rounds that at most 64 MiB are cleared; fewer of large crews. */
static long rounds_of(int hands)
{
	long n = (64l << 20) / PMD;

	n = n > 256 / hands ? 256 / hands : n;
	return n < 4 ? 4 : n > 32 ? 32 : n;
}

/* One PMD range that all hands work on, and one that nobody writes. */
struct arena {
	struct hz_region region, other;
	char *range;
	char value;			/* of all stores of this round */
	unsigned int at[HZ_MAX_HANDS][STORES];
	bool done[HZ_MAX_HANDS][STORES];
};

static struct arena arena;

static int arena_open(void)
{
	int err = hz_region_map(&arena.region, 1, HZ_ADVISE_HUGE);

	if (err)
		return err;
	arena.range = arena.region.addr;
	err = hz_region_map(&arena.other, 1, HZ_ADVISE_HUGE);
	if (!err)
		hz_read_fault(arena.other.addr);
	return err;
}

static void arena_close(void)
{
	hz_region_unmap(&arena.other);
	hz_region_unmap(&arena.region);
}

/*
 * Where each hand is to store: in pages of random numbers, the very first and
 * the very last byte among them, never two hands the same byte.
 */
static void draw_stores(struct hz_crew *c)
{
	long page;
	int i, k;

	arena.value = 1 + hz_random(&c->random, 255);
	for (i = 0; i < c->hands; i++) {
		for (k = 0; k < STORES; k++) {
			/* Page 1 is for those who need one to spare. */
			page = 2 + hz_random(&c->random, hz_pmd_pages() - 2);
			arena.at[i][k] = page * PAGE + i * SHARE + k;
			arena.done[i][k] = false;
		}
	}
	arena.at[0][0] = 0;
	arena.at[c->hands - 1][c->hands > 1 ? 0 : 1] = PMD - 1;
}

/* The range maps the huge zero page, and this round's stores are drawn. */
static void begin_with_huge_zero(struct hz_crew *c)
{
	madvise(arena.range, PMD, MADV_DONTNEED);
	hz_read_fault(arena.range);
	draw_stores(c);
}

/* The same, but nothing is mapped: every other round not even a page table. */
static void begin_with_nothing(struct hz_crew *c)
{
	if (c->round & 1)
		hz_range_renew(arena.range);
	else
		madvise(arena.range, PMD, MADV_DONTNEED);
	draw_stores(c);
}

static void store(const struct hz_hand *h, int k)
{
	hz_store(arena.range + arena.at[h->number][k], arena.value);
	arena.done[h->number][k] = true;
}

static void store_all(struct hz_hand *h)
{
	int k;

	hz_dally(h);
	for (k = 0; k < STORES; k++)
		store(h, k);
}

static long count_nonzero(const char *addr, size_t len)
{
	const uint64_t *word = (const uint64_t *)addr;
	long n = 0;
	size_t i, j;

	for (i = 0; i < len / sizeof(*word); i++)
		for (j = 0; word[i] && j < sizeof(*word); j++)
			n += !!addr[i * sizeof(*word) + j];
	return n;
}

static long count_stored(struct hz_crew *c)
{
	long n = 0;
	int i, k;

	for (i = 0; i < c->hands; i++)
		for (k = 0; k < STORES; k++)
			n += arena.done[i][k];
	return n;
}

/* Every byte that was stored is there; no other byte is other than 0. */
static void expect_all_stored(struct hz_crew *c)
{
	long stored = count_stored(c), found;
	char *at;
	int i, k;

	for (i = 0; i < c->hands; i++) {
		for (k = 0; k < STORES; k++) {
			at = arena.range + arena.at[i][k];
			if (arena.done[i][k] && *at != arena.value)
				hz_crew_complain(c, "0x%02x at +0x%x, where hand %d stored 0x%02x",
						 *at & 0xff, arena.at[i][k], i,
						 arena.value & 0xff);
		}
	}
	found = count_nonzero(arena.range, PMD);
	if (found != stored)
		hz_crew_complain(c, "%ld bytes are not 0, %ld were stored",
				 found, stored);
}

/* Ends the rounds with the range as it is: the test says what it should be. */
static void expect_thp(struct hz_crew *c)
{
	struct hz_view v;

	hz_look(arena.range, &v);
	if (v.state != HZ_ANON_THP)
		hz_crew_complain(c, "the range is %s", hz_state_name(v.state));
}

/* The first complaint is the report; a test has no more than one crew. */
static enum hz_verdict expect_harmony(const struct hz_where *at,
				      const struct hz_crew *c)
{
	return hz_expect_number(at, c->complaints ? c->words : "complaints",
				c->complaints, 0, 0);
}

#define EXPECT_HARMONY(crew) HZ_JUDGE(expect_harmony(HZ_HERE, crew))

/* What @race leaves charged to a memory cgroup when its process is gone. */
static int run_in_memcg(struct hz_memcg *cg, int (*race)(struct hz_crew *c),
			struct hz_crew *c)
{
	int status = -1;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid)
		_exit(hz_memcg_enter(cg) || race(c));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -ECHILD;
	return status;
}

/*
 * Less than one huge page may stay: objects of the kernel's that live on. A
 * cgroup that is not empty would show what any round has leaked.
 */
#define EXPECT_MEMCG_EMPTIES(race, crew) do { \
	struct hz_memcg cg; \
	REQUIRE_OK(hz_memcg_create(&cg, "race")); \
	EXPECT_NUMBER("status of the racing process", \
		      run_in_memcg(&cg, race, crew), 0); \
	EXPECT_ABOUT("bytes charged when all is over", \
		     hz_memcg_usage_drained(&cg, PMD / 2), PMD / 4, PMD / 4); \
	EXPECT_NUMBER("memcg left behind", hz_memcg_destroy(&cg), 0); \
} while (0)

/*
 * Several writers of one range.
 *
 *	A			B
 *	(1) huge zero
 *	(2) allocates
 *				(1) huge zero
 *				(2) allocates
 *	(3)-(5) maps its page
 *	stores
 *				(3) another PMD: it must throw its page away,
 *				    or A's bytes are lost
 */
FIXTURE(writers)
{
	struct hz_crew crew;
};

FIXTURE_VARIANT(writers)
{
	int hands;
};

FIXTURE_VARIANT_ADD(writers, 2) {
	.hands = 2,
};

FIXTURE_VARIANT_ADD(writers, 8) {
	.hands = 8,
};

FIXTURE_VARIANT_ADD(writers, 64) {
	.hands = 64,
};

FIXTURE_SETUP(writers)
{
	hz_test_begin();
	ASSERT_EQ(0, arena_open());
	self->crew = (struct hz_crew){
		.hands = variant->hands, .rounds = rounds_of(variant->hands),
		.before = begin_with_huge_zero, .work = store_all,
	};
}

FIXTURE_TEARDOWN(writers)
{
	arena_close();
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(writers, lose_no_byte)
{
	self->crew.after = expect_all_stored;
	REQUIRE_OK(hz_crew_run(&self->crew));
	EXPECT_HARMONY(&self->crew);
}

TEST_F(writers, get_one_thp)
{
	NEED(HZ_NEED_WP_THP);
	self->crew.after = expect_thp;
	REQUIRE_OK(hz_crew_run(&self->crew));
	EXPECT_STATE(arena.range, HZ_ANON_THP);
	EXPECT_HARMONY(&self->crew);
}

static long rss_before;

static void begin_with_rss(struct hz_crew *c)
{
	begin_with_huge_zero(c);
	rss_before = hz_status("RssAnon");
}

static void expect_pmd_of_rss(struct hz_crew *c)
{
	long added = hz_status("RssAnon") - rss_before;

	if (labs(added - PMD) > PMD / 2)
		hz_crew_complain(c, "RssAnon %+ld kB", added / 1024);
}

TEST_F(writers, add_one_huge_page_of_rss)
{
	NEED(HZ_NEED_WP_THP);
	self->crew.before = begin_with_rss;
	self->crew.after = expect_pmd_of_rss;
	REQUIRE_OK(hz_crew_run(&self->crew));
	EXPECT_STATE(arena.range, HZ_ANON_THP);
	EXPECT_HARMONY(&self->crew);
}

static void prepare_range(void *arg)
{
	(void)arg;
	madvise(arena.range, PMD, MADV_DONTNEED);
	hz_read_fault(arena.range);
}

static void run_crew(void *arg)
{
	hz_crew_run(arg);
}

/* Those who came second threw theirs away: it was never a fault's. */
TEST_F(writers, count_as_one_thp_fault_alloc)
{
	const struct hz_global alloc = {
		.name = "thp_fault_alloc", .read = hz_vmstat, .by = 1,
		.prepare = prepare_range, .act = run_crew, .arg = &self->crew,
	};

	NEED(HZ_NEED_WP_THP);
	self->crew.rounds = 1;
	EXPECT_GLOBAL(&alloc);
}

TEST_F(writers, are_charged_one_huge_page)
{
	struct hz_memcg cg;

	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_MEMCG_THP);
	REQUIRE_OK(hz_memcg_create(&cg, "writers"));
	REQUIRE_OK(hz_memcg_enter(&cg));
	REQUIRE_OK(hz_crew_run(&self->crew));
	EXPECT_STATE(arena.range, HZ_ANON_THP);
	EXPECT_NUMBER("anonymous huge pages charged, bytes",
		      hz_memcg_stat_settled(&cg, HZ_MEMCG_ANON_THP, PMD), PMD);
	arena_close();
	EXPECT_NUMBER("memcg left behind", hz_memcg_destroy(&cg), 0);
}

TEST_F(writers, return_all_memory)
{
	NEED(HZ_NEED_MEMCG);
	EXPECT_MEMCG_EMPTIES(hz_crew_run, &self->crew);
}

TEST_F(writers, leave_the_huge_zero_page_zero)
{
	REQUIRE_OK(hz_crew_run(&self->crew));
	EXPECT_STATE(arena.other.addr, HZ_HUGE_ZERO);
	EXPECT_ALL_ZERO(arena.other.addr);
}

/*
 * Readers on other processors, whose translations are of the huge zero page.
 *
 *	writer			reader
 *				loads 0 from the huge zero page, over and over
 *	(1)-(3)
 *	(4) clears the PMD
 *				forgets the translation
 *	(5), stores, says so
 *				loads what was stored: not 0 any more
 */
FIXTURE(readers)
{
	struct hz_crew crew;
};

FIXTURE_VARIANT(readers)
{
	int hands;
	bool last_byte;
};

FIXTURE_VARIANT_ADD(readers, one) {
	.hands = 2,
};

FIXTURE_VARIANT_ADD(readers, one_of_the_last_byte) {
	.hands = 2, .last_byte = true,
};

FIXTURE_VARIANT_ADD(readers, seven) {
	.hands = 8,
};

static long watched;		/* offset of the byte */
static bool stored;		/* the store has returned */

static void begin_watched(struct hz_crew *c)
{
	begin_with_huge_zero(c);
	__atomic_store_n(&stored, false, __ATOMIC_RELEASE);
}

/* Whoever shares a processor with the writer has to let it run. */
static void give_way(const struct hz_hand *h)
{
	if (h->crew->at_once < (uint32_t)h->crew->hands)
		sched_yield();
}

static bool is_writer(struct hz_hand *h)
{
	if (h->number)
		return false;
	hz_dally(h);
	hz_store(arena.range + watched, arena.value);
	__atomic_store_n(&stored, true, __ATOMIC_RELEASE);
	return true;
}

static void watch_values(struct hz_hand *h)
{
	char got, before = 0;
	bool last;

	if (is_writer(h))
		return;
	do {
		last = __atomic_load_n(&stored, __ATOMIC_ACQUIRE);
		got = hz_read_fault(arena.range + watched);
		if (got != before && (before || got != arena.value))
			hz_crew_complain(h->crew, "0x%02x turned into 0x%02x where 0x%02x was stored",
					 before & 0xff, got & 0xff,
					 arena.value & 0xff);
		before = got;
		give_way(h);
	} while (!last);
}

static void watch_arrival(struct hz_hand *h)
{
	bool last;
	char got;

	if (is_writer(h))
		return;
	do {
		last = __atomic_load_n(&stored, __ATOMIC_ACQUIRE);
		got = hz_read_fault(arena.range + watched);
		give_way(h);
	} while (!last);
	if (got != arena.value)
		hz_crew_complain(h->crew, "0x%02x is read when the store of 0x%02x is done",
				 got & 0xff, arena.value & 0xff);
}

FIXTURE_SETUP(readers)
{
	hz_test_begin();
	ASSERT_EQ(0, arena_open());
	watched = variant->last_byte ? PMD - 1 : 0;
	self->crew = (struct hz_crew){
		.hands = variant->hands, .rounds = 2 * rounds_of(variant->hands),
		.before = begin_watched,
	};
}

FIXTURE_TEARDOWN(readers)
{
	arena_close();
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(readers, see_nothing_but_zero_and_then_the_value)
{
	self->crew.work = watch_values;
	REQUIRE_OK(hz_crew_run(&self->crew));
	EXPECT_HARMONY(&self->crew);
}

TEST_F(readers, see_the_value_once_it_is_stored)
{
	self->crew.work = watch_arrival;
	REQUIRE_OK(hz_crew_run(&self->crew));
	EXPECT_HARMONY(&self->crew);
}

/*
 * First readers and first writers of a range where nothing is mapped.
 *
 *	reader			writer
 *	nothing is mapped
 *	gets the huge zero page
 *				maps a page of its own (nothing was mapped, or
 *				the huge zero page is by now), stores
 *	locks the PMD: it is not empty any more, so it must leave it alone,
 *	or the byte is 0 again
 */
FIXTURE(newcomers)
{
	struct hz_crew crew;
};

FIXTURE_VARIANT(newcomers)
{
	int hands;		/* half of them read, half of them write */
};

FIXTURE_VARIANT_ADD(newcomers, 2) {
	.hands = 2,
};

FIXTURE_VARIANT_ADD(newcomers, 8) {
	.hands = 8,
};

FIXTURE_VARIANT_ADD(newcomers, 64) {
	.hands = 64,
};

/* A reader looks at what a writer has just said it stored. */
static void look_at(struct hz_hand *h, int i, int k)
{
	bool there = __atomic_load_n(&arena.done[i][k], __ATOMIC_ACQUIRE);
	char got = hz_read_fault(arena.range + arena.at[i][k]);

	if (there && got != arena.value)
		hz_crew_complain(h->crew, "0x%02x turned back to 0x%02x at +0x%x",
				 arena.value & 0xff, got & 0xff,
				 arena.at[i][k]);
}

static void read_or_write(struct hz_hand *h)
{
	int i, k;

	hz_dally(h);
	for (k = 0; k < STORES; k++) {
		if (h->number & 1) {
			hz_store(arena.range + arena.at[h->number][k],
				 arena.value);
			__atomic_store_n(&arena.done[h->number][k], true,
					 __ATOMIC_RELEASE);
		}
		for (i = 1; i < h->crew->hands; i += 2)
			look_at(h, i, k);
	}
}

FIXTURE_SETUP(newcomers)
{
	hz_test_begin();
	ASSERT_EQ(0, arena_open());
	self->crew = (struct hz_crew){
		.hands = variant->hands, .rounds = rounds_of(variant->hands),
		.before = begin_with_nothing, .work = read_or_write,
	};
}

FIXTURE_TEARDOWN(newcomers)
{
	arena_close();
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(newcomers, never_see_a_written_byte_turn_back)
{
	REQUIRE_OK(hz_crew_run(&self->crew));
	EXPECT_HARMONY(&self->crew);
}

TEST_F(newcomers, lose_no_byte)
{
	self->crew.after = expect_all_stored;
	REQUIRE_OK(hz_crew_run(&self->crew));
	EXPECT_HARMONY(&self->crew);
}

TEST_F(newcomers, get_one_thp)
{
	NEED(HZ_NEED_WP_THP);
	self->crew.after = expect_thp;
	REQUIRE_OK(hz_crew_run(&self->crew));
	EXPECT_STATE(arena.range, HZ_ANON_THP);
	EXPECT_HARMONY(&self->crew);
}

TEST_F(newcomers, return_all_memory)
{
	NEED(HZ_NEED_MEMCG);
	EXPECT_MEMCG_EMPTIES(hz_crew_run, &self->crew);
}

int main(int argc, char **argv)
{
	hz_program_begin(argc, argv, HZ_TAKES_ARGUMENTS);
	printf("# hugezero: HZ_SEED=%llu\n", (unsigned long long)hz_seed());
	return test_harness_run(argc, argv);
}
