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
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hugezero_crew.h"
#include "hugezero_scan.h"
#include "hugezero_test.h"
#include "hugezero_trap.h"

#define PMD	((long)hz_pmd_size())
#define PAGE	((long)hz_page_size())

/* A headline of doc/known-issues.md. */
#define FAULT_HIDES_RANGE \
	"a write fault hides the range from UFFDIO_WRITEPROTECT"

/* Each writer has this many bytes of a page to itself. */
#define SHARE	16
#define STORES	12

/* So many rounds that at most 64 MiB are cleared; fewer of large crews. */
static long rounds_of(int hands)
{
	const long most = getenv("KSFT_MACHINE_SLOW") ? 12 : 32;
	long n = (64l << 20) / PMD;

	n = n > 256 / hands ? 256 / hands : n;
	return n < 4 ? 4 : n > most ? most : n;
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
				hz_crew_complain(c, "0x%02x at +0x%x, hand %d stored 0x%02x",
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
#define EXPECT_MEMCG_EMPTIES(race, crew, cg) do { \
	REQUIRE_OK(hz_memcg_create(cg, "race")); \
	EXPECT_NUMBER("status of the racing process", \
		      run_in_memcg(cg, race, crew), 0); \
	EXPECT_ABOUT("bytes charged when all is over", \
		     hz_memcg_usage_drained(cg, PMD / 2), PMD / 4, PMD / 4); \
	EXPECT_NUMBER("memcg left behind", hz_memcg_destroy(cg), 0); \
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

/*
 * Each of them may have cleared a huge page before it learns that another one
 * was first: without that much memory, some split the range.
 */
#define NEED_A_THP_EACH() do { \
	NEED(HZ_NEED_WP_THP); \
	NEED_MEMORY(self->crew.hands * PMD); \
} while (0)

TEST_F(writers, get_one_thp)
{
	NEED_A_THP_EACH();
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

/* Each of many processors may keep to itself what a thread added on it. */
static bool rss_adds_up(void)
{
	return hz_rss_is_exact() || hz_rss_slack() <= PMD / 6;
}

#define NEED_RSS_OF_THREADS() do { \
	if (!rss_adds_up()) \
		HZ_SKIP("needs a RssAnon that is summed up, or fewer processors"); \
} while (0)

TEST_F(writers, add_one_huge_page_of_rss)
{
	NEED_A_THP_EACH();
	NEED_RSS_OF_THREADS();
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

	NEED_A_THP_EACH();
	self->crew.rounds = 1;
	EXPECT_GLOBAL(&alloc);
}

TEST_F(writers, are_charged_one_huge_page)
{
	struct hz_memcg cg;

	NEED_A_THP_EACH();
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
	struct hz_memcg cg;

	NEED(HZ_NEED_MEMCG);
	EXPECT_MEMCG_EMPTIES(hz_crew_run, &self->crew, &cg);
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

/*
 * Whoever shares a processor with the writer has to let it run at once, others
 * after a while: it may be waiting for a processor where others run.
 */
static void give_way(const struct hz_hand *h, long loads)
{
	if (h->crew->at_once < (uint32_t)h->crew->hands || !(loads % 65536))
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
	long loads = 0;
	bool last;

	if (is_writer(h))
		return;
	do {
		last = __atomic_load_n(&stored, __ATOMIC_ACQUIRE);
		got = hz_read_fault(arena.range + watched);
		if (got != before && (before || got != arena.value))
			hz_crew_complain(h->crew, "0x%02x became 0x%02x where 0x%02x was stored",
					 before & 0xff, got & 0xff,
					 arena.value & 0xff);
		before = got;
		give_way(h, ++loads);
	} while (!last);
}

static void watch_arrival(struct hz_hand *h)
{
	long loads = 0;
	bool last;
	char got;

	if (is_writer(h))
		return;
	do {
		last = __atomic_load_n(&stored, __ATOMIC_ACQUIRE);
		got = hz_read_fault(arena.range + watched);
		give_way(h, ++loads);
	} while (!last);
	if (got != arena.value)
		hz_crew_complain(h->crew, "0x%02x is read, 0x%02x was stored before",
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
	NEED_A_THP_EACH();
	self->crew.after = expect_thp;
	REQUIRE_OK(hz_crew_run(&self->crew));
	EXPECT_STATE(arena.range, HZ_ANON_THP);
	EXPECT_HARMONY(&self->crew);
}

TEST_F(newcomers, return_all_memory)
{
	struct hz_memcg cg;

	NEED(HZ_NEED_MEMCG);
	EXPECT_MEMCG_EMPTIES(hz_crew_run, &self->crew, &cg);
}

/*
 * Each PMD keeps a page table for the day that it is split.
 *
 *	A			B
 *	nothing is mapped
 *	allocates a page table
 *				nothing is mapped
 *				allocates a page table
 *	clears a huge page
 *	maps a PMD with its own
 *				clears a huge page
 *				another PMD: it must throw its page table away
 *
 * A reader clears one only where there is no huge zero folio yet, and that is
 * held by every process that has read: each pair is a process of its own.
 */
#define PAIRS 12

FIXTURE(first)
{
	struct hz_memcg cg;
	struct hz_crew crew;
};

FIXTURE_VARIANT(first)
{
	void (*work)(struct hz_hand *hand);
	bool reads;
};

static void read_at_once(struct hz_hand *h)
{
	hz_read_fault(arena.range + h->number * PAGE);
}

static void store_at_once(struct hz_hand *h)
{
	hz_store(arena.range + h->number * PAGE, 1);
}

FIXTURE_VARIANT_ADD(first, readers) {
	.work = read_at_once, .reads = true,
};

FIXTURE_VARIANT_ADD(first, writers) {
	.work = store_at_once,
};

static void begin_without_page_table(struct hz_crew *c)
{
	(void)c;
	hz_range_renew(arena.range);
}

FIXTURE_SETUP(first)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&arena.region, 1, HZ_ADVISE_HUGE));
	arena.range = arena.region.addr;
	self->crew = (struct hz_crew){
		.hands = 2, .rounds = 1, .before = begin_without_page_table,
		.work = variant->work,
	};
}

FIXTURE_TEARDOWN(first)
{
	hz_region_unmap(&arena.region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(first, lose_no_page_table)
{
	long before, lost, allocated;
	int i;

	NEED(HZ_NEED_MEMCG_V2);
	if (variant->reads) {
		NEED(HZ_NEED_DROP_SLAB);
		NEED(HZ_NEED_ZERO_COUNT);
	}
	REQUIRE_OK(hz_memcg_create(&self->cg, "first"));
	REQUIRE_OK(hz_memcg_enter(&self->cg));
	before = hz_memcg_stat(&self->cg, HZ_MEMCG_PAGE_TABLES);
	if (before < 0)
		HZ_SKIP("needs page tables in memory.stat (5.11)");
	allocated = hz_vmstat("thp_zero_page_alloc");
	for (i = 0; i < PAIRS; i++) {
		if (variant->reads)
			hz_drop_slab();
		REQUIRE_OK(run_in_memcg(&self->cg, hz_crew_run, &self->crew));
	}
	lost = hz_memcg_stat_settled(&self->cg, HZ_MEMCG_PAGE_TABLES, before) -
	       before;
	EXPECT_ABOUT("page tables that are left, bytes", lost, 0,
		     PAIRS / 4 * PAGE);
	EXPECT_NUMBER("memcg left behind", hz_memcg_destroy(&self->cg), 0);
	if (variant->reads &&
	    hz_vmstat("thp_zero_page_alloc") - allocated < PAIRS / 2)
		HZ_SKIP("needs a new huge zero folio each time");
}

/*
 * Writers against somebody who changes the mapping under them. The mover is
 * hand 0; between its moves the range is open to stores, or closed, or just
 * being changed. A store that begins and ends while nothing changes has to end
 * as the mapping says; one that begins when all is over has to last.
 */
enum phase { OPEN, CLOSING, CLOSED, OPENING, NR_PHASES };

static struct {
	unsigned int phase;	/* counts up: phase % NR_PHASES is the phase */
	bool over;		/* the mover's last move of this round has ended */
	int writing;		/* hands that have not stored all yet */
	bool late[HZ_MAX_HANDS][STORES];	/* stored after that */
	int open_refused, closed_passed;
	struct hz_region away;	/* where mremap moves the range to */
	struct hz_uffd uffd;
	struct hz_memcg cg;	/* the racing process's, if it has one */
	int fd;			/* of the mover, or -1 */
	int end[2];		/* a pipe: the child may end */
	pid_t child;
	int node;
	long moved;		/* moves that worked, of all rounds */
	int move_error;		/* of the last one that did not */
} duel;

/* The phase changes now. */
static void next_phase(void)
{
	__atomic_add_fetch(&duel.phase, 1, __ATOMIC_SEQ_CST);
}

static unsigned int phase_now(void)
{
	return __atomic_load_n(&duel.phase, __ATOMIC_SEQ_CST);
}

static bool all_moved(void)
{
	return __atomic_load_n(&duel.over, __ATOMIC_ACQUIRE);
}

static void duel_store(struct hz_hand *h, int k)
{
	bool *late = &duel.late[h->number][k];
	unsigned int before, after;
	int sig;

	*late = all_moved();
	before = phase_now();
	sig = hz_try_store(arena.range + arena.at[h->number][k], arena.value);
	after = phase_now();
	arena.done[h->number][k] = !sig;
	if (before != after)
		return;
	if (before % NR_PHASES == OPEN && sig)
		__atomic_add_fetch(&duel.open_refused, 1, __ATOMIC_RELAXED);
	if (before % NR_PHASES == CLOSED && !sig)
		__atomic_add_fetch(&duel.closed_passed, 1, __ATOMIC_RELAXED);
}

static void begin_duel(struct hz_crew *c)
{
	begin_with_huge_zero(c);
	duel.phase = OPEN;
	duel.over = false;
	duel.writing = c->hands - 1;
	duel.open_refused = 0;
	duel.closed_passed = 0;
}

/* What a store that came through must have left. */
enum kept {
	ALL,		/* every one of them */
	LATE,		/* those after the last move; of others the byte or 0 */
};

struct move {
	void (*make)(struct hz_hand *h);
	enum kept kept;
	/* NULL, or what is missing. */
	const char *(*lack)(void);
	/* In the process that races, before and after. 0 or -errno. */
	int (*open)(void);
	void (*close)(void);
	/* Of each round, by the caller alone. */
	void (*before)(struct hz_crew *c);
	void (*after)(struct hz_crew *c);
	/* By the mover when all is over, as long as others write. */
	void (*help)(void);
	/* It moves on a processor that nobody else wants (khugepaged: nice 19). */
	bool is_meek;
	long rounds;	/* or 0: as many as others */
};

static const struct move *move;	/* of this test */

static void wait_a_little(struct hz_hand *h)
{
	if (move->is_meek)
		usleep(hz_random(&h->random, 200));
	else
		hz_dally(h);
}

/* Most stores while the mover moves, the last two when it has. */
static void duel_write(struct hz_hand *h)
{
	int k;

	for (k = 0; k < STORES; k++) {
		if (!(k % 4))
			wait_a_little(h);
		while (k == STORES - 2 && !all_moved()) {
			if (move->is_meek)
				usleep(50);
			else
				sched_yield();
		}
		duel_store(h, k);
	}
	__atomic_sub_fetch(&duel.writing, 1, __ATOMIC_RELEASE);
}

static void duel_work(struct hz_hand *h)
{
	if (h->number) {
		duel_write(h);
		return;
	}
	hz_dally(h);
	move->make(h);
	__atomic_store_n(&duel.over, true, __ATOMIC_RELEASE);
	while (move->help && __atomic_load_n(&duel.writing, __ATOMIC_ACQUIRE)) {
		move->help();
		sched_yield();
	}
}

/* One round has one to three moves. */
static int moves(struct hz_hand *h)
{
	return 1 + hz_random(&h->random, 3);
}

static void expect_kept(struct hz_crew *c)
{
	long there = 0, found;
	char *at;
	int i, k;

	for (i = 1; i < c->hands; i++) {
		for (k = 0; k < STORES; k++) {
			at = arena.range + arena.at[i][k];
			there += !!*at;
			if (arena.done[i][k] && *at != arena.value &&
			    (*at || move->kept == ALL || duel.late[i][k]))
				hz_crew_complain(c, "0x%02x at +0x%x, hand %d stored 0x%02x%s",
						 *at & 0xff, arena.at[i][k], i,
						 arena.value & 0xff,
						 duel.late[i][k] ? " when all was over" : "");
			if (!arena.done[i][k] && *at)
				hz_crew_complain(c, "0x%02x at +0x%x, where a store was refused",
						 *at & 0xff, arena.at[i][k]);
		}
	}
	found = count_nonzero(arena.range, PMD);
	if (found != there)
		hz_crew_complain(c, "%ld bytes are not 0, at most %ld were stored",
				 found, there);
}

static void expect_none_passed(struct hz_crew *c)
{
	if (duel.closed_passed)
		hz_crew_complain(c, "%d stores passed while the range was closed",
				 duel.closed_passed);
}

static void expect_none_refused(struct hz_crew *c)
{
	if (duel.open_refused)
		hz_crew_complain(c, "%d stores were refused while the range was open",
				 duel.open_refused);
}

static void (*duel_judge)(struct hz_crew *c);

static void end_duel(struct hz_crew *c)
{
	if (move->after)
		move->after(c);
	if (duel_judge)
		duel_judge(c);
}

static void start_duel(struct hz_crew *c)
{
	begin_duel(c);
	if (move->before)
		move->before(c);
}

static int run_duel(struct hz_crew *c)
{
	int err = move->open ? move->open() : 0;

	if (!err)
		err = hz_crew_run(c);
	if (move->close)
		move->close();
	return err;
}

/* A race with nobody shows nothing: at least one move has to work. */
static void has_moved(int err)
{
	if (err)
		duel.move_error = err;
	else
		duel.moved++;
}

/* 1. The mover zaps the range between (1) and (3): nothing is mapped now. */
static void make_dontneed(struct hz_hand *h)
{
	int i, n = moves(h);

	for (i = 0; i < n; i++) {
		has_moved(hz_advise(arena.range, PMD, MADV_DONTNEED));
		hz_read_fault(arena.range);
		hz_dally(h);
	}
	madvise(arena.range, PMD, MADV_DONTNEED);
}

/* 1. The same of one page: what was a PMD at (1) is a page table at (3). */
static void make_split(struct hz_hand *h)
{
	int i, n = moves(h);

	for (i = 0; i < n; i++) {
		has_moved(hz_advise(arena.range + PAGE, PAGE, MADV_DONTNEED));
		hz_dally(h);
	}
}

/* 1. The mapping goes away and another comes: stores in between trap. */
static void make_unmap(struct hz_hand *h)
{
	int i, n = moves(h);

	for (i = 0; i < n; i++) {
		next_phase();
		munmap(arena.range, PMD);
		next_phase();
		hz_dally(h);
		next_phase();
		hz_range_renew(arena.range);
		hz_read_fault(arena.range);
		next_phase();
		hz_dally(h);
	}
}

/*
 * 1. A writer has stored: its processor has a writable translation.
 * 2. The mover makes the range read-only: all processors must forget it.
 */
static void make_mprotect(struct hz_hand *h)
{
	int i, n = moves(h);

	for (i = 0; i < n; i++) {
		next_phase();
		mprotect(arena.range, PMD, PROT_READ);
		next_phase();
		hz_dally(h);
		next_phase();
		mprotect(arena.range, PMD, PROT_READ | PROT_WRITE);
		next_phase();
		hz_dally(h);
	}
}

/*
 * 1. The writer's fault has seen the huge zero page (1), or its processor has
 *    a translation of the page that it stored to.
 * 2. The mover moves the PMD: stores to the old place must trap.
 */
static void make_mremap(struct hz_hand *h)
{
	const int flags = MREMAP_MAYMOVE | MREMAP_FIXED;
	int i, n = moves(h);

	for (i = 0; i < n; i++) {
		next_phase();
		mremap(arena.range, PMD, PMD, flags, duel.away.addr);
		next_phase();
		hz_dally(h);
		next_phase();
		mremap(duel.away.addr, PMD, PMD, flags, arena.range);
		next_phase();
		hz_dally(h);
	}
}

static int open_away(void)
{
	return hz_region_map(&duel.away, 1, HZ_ADVISE_HUGE);
}

static void close_away(void)
{
	hz_region_unmap(&duel.away);
}

/* How many of hand @i's stores are there, in the order they were made; or -1. */
static int stores_in_order(int i)
{
	int k, n = 0;
	char value;

	for (k = 0; k < STORES; k++) {
		value = hz_read_fault(arena.range + arena.at[i][k]);
		if (value && (value != arena.value || n != k))
			return -1;
		n += !!value;
	}
	return n;
}

/* Exit status: which promise was broken. */
static int live_as_child(int hands)
{
	int i, n[HZ_MAX_HANDS];
	char c;

	close(duel.end[1]);
	for (i = 1; i < hands; i++) {
		n[i] = stores_in_order(i);
		if (n[i] < 0)
			return 1;
	}
	hz_store(arena.range + PAGE, arena.value);
	if (read(duel.end[0], &c, 1) != 1)
		return 3;
	for (i = 1; i < hands; i++)
		if (stores_in_order(i) != n[i])
			return 2;
	return 0;
}

/*
 * 1. A writer stores one byte after another, its translation writable.
 * 2. The mover forks: the child has what was stored up to one moment, of each
 *    writer the first so many bytes, and never gets another.
 * 3. The child writes: its parent never sees that byte.
 */
static void make_fork(struct hz_hand *h)
{
	duel.child = fork();
	if (!duel.child)
		_exit(live_as_child(h->crew->hands));
}

static int open_pipe(void)
{
	return pipe(duel.end) ? -errno : 0;
}

static void close_pipe(void)
{
	close(duel.end[0]);
	close(duel.end[1]);
}

static void judge_child(struct hz_crew *c)
{
	static const char * const promise[] = {
		[1] = "the child has a later store without an earlier one",
		[2] = "the child's memory changed after the fork",
		[3] = "the child was not told to end",
	};
	int status = -1, code;

	if (duel.child < 0 || write(duel.end[1], "x", 1) != 1 ||
	    waitpid(duel.child, &status, 0) != duel.child) {
		hz_crew_complain(c, "no child: %s", strerror(errno));
		return;
	}
	code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	if (code)
		hz_crew_complain(c, "%s", code > 0 && code <= 3 ? promise[code] :
				 "the child was killed");
}

static const char *lack_khugepaged(void)
{
	return hz_missing(HZ_NEED_KHUGEPAGED);
}

static int open_khugepaged(void)
{
	int err = hz_knob_set("khugepaged/pages_to_scan", "1000000");

	if (!err)
		err = hz_knob_set("khugepaged/alloc_sleep_millisecs", "0");
	return err ? err : hz_knob_set("khugepaged/scan_sleep_millisecs", "0");
}

static void close_khugepaged(void)
{
	hz_knob_set("khugepaged/scan_sleep_millisecs", "600000");
	hz_knob_set("khugepaged/alloc_sleep_millisecs", "60000");
	hz_knob_set("khugepaged/pages_to_scan", "4096");
}

static long count_scans(void)
{
	char value[32] = "0";

	hz_knob_get("khugepaged/full_scans", value, sizeof(value));
	return atol(value);
}

/*
 * 1. The range is a page table; the writers store to its pages.
 * 2. khugepaged copies them to a huge page: what is stored to a page after it
 *    was copied must not get lost, so no translation of it may be left.
 */
static void make_khugepaged(struct hz_hand *h)
{
	long until = count_scans() + 2;
	int tries = 1000;

	(void)h;
	madvise(arena.range + PAGE, PAGE, MADV_DONTNEED);
	while (count_scans() < until && tries--)
		usleep(50);
	has_moved(count_scans() < until ? -ETIMEDOUT : 0);
}

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

/* Nothing to do is done by any kernel that knows how. */
static const char *lack_collapse(void)
{
	return madvise(arena.range, 0, MADV_COLLAPSE) ? "MADV_COLLAPSE (6.1)" :
							NULL;
}

/* The same, and at once. */
static void make_collapse(struct hz_hand *h)
{
	int i, n = moves(h);

	for (i = 0; i < n; i++) {
		madvise(arena.range + PAGE, PAGE, MADV_DONTNEED);
		hz_dally(h);
		has_moved(hz_advise(arena.range, PMD, MADV_COLLAPSE));
	}
}

static const char *lack_pageout(void)
{
	if (madvise(arena.range, 0, MADV_PAGEOUT))
		return "MADV_PAGEOUT (5.4)";
	return hz_missing(HZ_NEED_SWAP);
}

/* 1. Reclaim takes the page that was just mapped, writable translation and all. */
static void make_pageout(struct hz_hand *h)
{
	int i, n = moves(h);

	for (i = 0; i < n; i++) {
		has_moved(hz_advise(arena.range, PMD, MADV_PAGEOUT));
		hz_dally(h);
	}
}

static const char *lack_drop_caches(void)
{
	return access("/proc/sys/vm/drop_caches", W_OK) ?
	       "/proc/sys/vm/drop_caches (root)" : NULL;
}

/* 1. The huge zero page is to be freed while it is mapped, and being replaced. */
static void make_drop_caches(struct hz_hand *h)
{
	(void)h;
	has_moved(hz_drop_slab());
}

static const char *lack_clear_refs(void)
{
	return hz_missing(HZ_NEED_SOFT_DIRTY);
}

/* 1. Write protection comes and goes with no page changing its owner. */
static void make_clear_refs(struct hz_hand *h)
{
	int i, n = moves(h);

	for (i = 0; i < n; i++) {
		has_moved(hz_clear_soft_dirty());
		hz_dally(h);
	}
}

static int open_uffd(void)
{
	int err = hz_uffd_open(&duel.uffd, HZ_UFFD_WP);

	return err ? err : hz_uffd_register(&duel.uffd, arena.range, PMD,
					    HZ_UFFD_MODE_WP);
}

static void close_uffd(void)
{
	hz_uffd_close(&duel.uffd);
}

static bool is_protected(void)
{
	struct hz_folio f;

	return !hz_look_folio(arena.range, &f) && f.uffd_wp == hz_pmd_pages();
}

/* The protection, and that it can be seen. */
static const char *lack_uffd(void)
{
	bool seen;

	if (hz_missing(HZ_NEED_UFFD_WP))
		return hz_missing(HZ_NEED_UFFD_WP);
	hz_store(arena.range, 1);
	if (open_uffd())
		return NULL;
	hz_uffd_protect(&duel.uffd, arena.range, PMD, true);
	seen = is_protected();
	close_uffd();
	return seen ? NULL : "bit 57 of /proc/self/pagemap (5.14)";
}

/*
 * A call may miss a range that is just being written, which is a bug of its
 * own (see below); what is judged here begins when nothing was missed. The
 * writer may be kept from its processor all that time: sleep to let it go on.
 * Not every kernel shows the protection of every page; once is enough to know.
 */
static void protect_for_sure(void)
{
	static bool in_vain;
	int tries = in_vain ? 2 : 100;

	do {
		hz_uffd_protect(&duel.uffd, arena.range, PMD, true);
		if (is_protected())
			return;
	} while (tries-- && !usleep(100));
	in_vain = true;
}

/*
 * A fault that came too late to be woken by the end of the protection waits
 * all the same, for the huge zero page is never writable (doc/observed.md). Its
 * event is there to be answered; this answers it.
 */
static void wake_the_late(void)
{
	hz_uffd_protect(&duel.uffd, arena.range, PMD, false);
}

/*
 * 1. The fault has seen an unprotected huge zero page (1).
 * 2. The mover write-protects the range: what is mapped at (5) must be
 *    protected, too, or the next store passes without anybody's leave.
 */
static void make_uffd_wp(struct hz_hand *h)
{
	int i, n = moves(h);

	for (i = 0; i < n; i++) {
		next_phase();
		protect_for_sure();
		next_phase();
		hz_dally(h);
		next_phase();
		hz_uffd_protect(&duel.uffd, arena.range, PMD, false);
		next_phase();
		hz_dally(h);
	}
}

/* Half a huge page is left: other CPUs' stocks must not be all of that. */
static const char *lack_memcg(void)
{
	if (hz_memcg_slack() >= PMD)
		return "a huge page larger than what a memory cgroup has in stock";
	return hz_missing(HZ_NEED_MEMCG);
}

static int open_memcg(void)
{
	int err = duel.cg.dir[0] ? 0 : hz_memcg_create(&duel.cg, "limit");

	if (!err)
		err = hz_memcg_forbid_swap(&duel.cg);
	return err ? err : hz_memcg_enter(&duel.cg);
}

static void close_memcg(void)
{
	hz_memcg_limit(&duel.cg, -1);
}

/* Before anybody stores: a limit that comes down on them might kill. */
static void lower_limit(struct hz_crew *c)
{
	int err = hz_memcg_limit(&duel.cg, hz_memcg_usage(&duel.cg) + PMD / 2);

	if (err)
		hz_crew_complain(c, "no limit: %s", strerror(-err));
}

/*
 * 1. Faults fail to charge a huge page at (2), and split what they saw at (1).
 * 2. The limit rises, first for one huge page and then for any: others of them
 *    map one meanwhile.
 */
static void make_limits(struct hz_hand *h)
{
	hz_memcg_limit(&duel.cg, hz_memcg_usage(&duel.cg) + 3 * PMD / 2);
	hz_dally(h);
	hz_memcg_limit(&duel.cg, -1);
}

static const char *lack_nodes(void)
{
	return hz_missing(HZ_NEED_TWO_NODES);
}

/* 1. The page moves to the other node, and back, while they store to it. */
static void make_migrate(struct hz_hand *h)
{
	int i, n = 2 * moves(h);

	for (i = 0; i < n; i++) {
		duel.node = !duel.node;
		has_moved(hz_move_page(arena.range, duel.node));
		hz_dally(h);
	}
}

static const struct move by_dontneed = {
	.make = make_dontneed,
	.kept = LATE,
};

static const struct move by_dontneed_of_a_page = {
	.make = make_split,
};

static const struct move by_munmap = {
	.make = make_unmap,
	.kept = LATE,
};

static const struct move by_mprotect = {
	.make = make_mprotect,
};

static const struct move by_mremap = {
	.make = make_mremap,
	.open = open_away,
	.close = close_away,
};

static const struct move by_fork = {
	.make = make_fork,
	.open = open_pipe,
	.close = close_pipe,
	.after = judge_child,
};

static const struct move by_khugepaged = {
	.make = make_khugepaged,
	.is_meek = true,
	.rounds = 4,
	.lack = lack_khugepaged,
	.open = open_khugepaged,
	.close = close_khugepaged,
};

static const struct move by_collapse = {
	.make = make_collapse,
	.lack = lack_collapse,
};

static const struct move by_pageout = {
	.make = make_pageout,
	.lack = lack_pageout,
};

/* Each of them costs the machine its caches. */
static const struct move by_drop_caches = {
	.make = make_drop_caches,
	.lack = lack_drop_caches,
	.rounds = 2,
};

static const struct move by_clear_refs = {
	.make = make_clear_refs,
	.lack = lack_clear_refs,
};

static const struct move by_uffd_wp = {
	.make = make_uffd_wp,
	.lack = lack_uffd,
	.open = open_uffd,
	.close = close_uffd,
	.help = wake_the_late,
};

static const struct move by_memcg_limit = {
	.make = make_limits,
	.lack = lack_memcg,
	.open = open_memcg,
	.close = close_memcg,
	.before = lower_limit,
};

static const struct move by_migration = {
	.make = make_migrate,
	.lack = lack_nodes,
};

FIXTURE(against)
{
	struct hz_crew crew;
};

FIXTURE_VARIANT(against)
{
	const struct move *move;
};

FIXTURE_VARIANT_ADD(against, dontneed) {
	.move = &by_dontneed,
};

FIXTURE_VARIANT_ADD(against, dontneed_of_a_page) {
	.move = &by_dontneed_of_a_page,
};

FIXTURE_VARIANT_ADD(against, munmap) {
	.move = &by_munmap,
};

FIXTURE_VARIANT_ADD(against, mprotect) {
	.move = &by_mprotect,
};

FIXTURE_VARIANT_ADD(against, mremap) {
	.move = &by_mremap,
};

FIXTURE_VARIANT_ADD(against, fork) {
	.move = &by_fork,
};

FIXTURE_VARIANT_ADD(against, khugepaged) {
	.move = &by_khugepaged,
};

FIXTURE_VARIANT_ADD(against, collapse) {
	.move = &by_collapse,
};

FIXTURE_VARIANT_ADD(against, pageout) {
	.move = &by_pageout,
};

FIXTURE_VARIANT_ADD(against, drop_caches) {
	.move = &by_drop_caches,
};

FIXTURE_VARIANT_ADD(against, clear_refs) {
	.move = &by_clear_refs,
};

FIXTURE_VARIANT_ADD(against, uffd_wp) {
	.move = &by_uffd_wp,
};

FIXTURE_VARIANT_ADD(against, memcg_limit) {
	.move = &by_memcg_limit,
};

FIXTURE_VARIANT_ADD(against, migration) {
	.move = &by_migration,
};

/* The mover and a writer on each other processor, but always some of them. */
static int duel_hands(void)
{
	int n = hz_crew_processors();

	return n < 3 ? 3 : n > 8 ? 8 : n;
}

static int set_up_duel(struct hz_crew *c, const struct move *m)
{
	move = m;
	*c = (struct hz_crew){
		.hands = duel_hands(),
		.rounds = m->rounds ? m->rounds : rounds_of(16),
		.before = start_duel, .work = duel_work, .after = end_duel,
	};
	return arena_open();
}

FIXTURE_SETUP(against)
{
	hz_test_begin();
	ASSERT_EQ(0, set_up_duel(&self->crew, variant->move));
}

FIXTURE_TEARDOWN(against)
{
	arena_close();
	EXPECT_QUIET_KERNEL();
	EXPECT_EQ(0, hz_memcg_destroy(&duel.cg));
	hz_test_end(_metadata->name);
}

#define NEED_MOVE() do { \
	const char *hz_lack = move->lack ? move->lack() : NULL; \
	if (hz_lack) \
		HZ_SKIP("needs %s", hz_lack); \
} while (0)

/* khugepaged is busy elsewhere, or gets no processor, and nobody is to blame. */
#define EXPECT_MOVED() do { \
	if (!duel.moved && duel.move_error == -ETIMEDOUT) \
		HZ_SKIP("needs khugepaged to come by while the stores are made"); \
	if (!duel.moved && duel.move_error == -ENOMEM && \
	    hz_huge_pages_are_few()) \
		HZ_SKIP("needs huge pages to move to: next to none is free"); \
	if (!duel.moved) \
		EXPECT_NUMBER("error of moves, none of which worked", \
			      duel.move_error, 0); \
} while (0)

static long few(long rounds)
{
	return rounds < 6 ? rounds : 6;
}

TEST_F(against, what_is_stored_stays)
{
	NEED_MOVE();
	duel_judge = expect_kept;
	REQUIRE_OK(run_duel(&self->crew));
	EXPECT_HARMONY(&self->crew);
	EXPECT_MOVED();
}

TEST_F(against, the_books_balance)
{
	struct hz_counters before, after;
	const long rounds = few(self->crew.rounds);

	NEED_MOVE();
	/* Stacks of threads and what a move needs stay when they are gone. */
	self->crew.rounds = 1;
	REQUIRE_OK(run_duel(&self->crew));
	REQUIRE_OK(hz_range_renew(arena.range));
	hz_count(&before, false);
	self->crew.rounds = rounds;
	REQUIRE_OK(run_duel(&self->crew));
	REQUIRE_OK(hz_range_renew(arena.range));
	hz_count(&after, true);
	EXPECT_MOVED();
	if (rss_adds_up())
		EXPECT_ABOUT("RssAnon added, bytes",
			     after.rss_anon - before.rss_anon, 0, PMD / 2);
	if (hz_missing(HZ_NEED_PTE_KB))
		return;
	EXPECT_NUMBER("page tables added, bytes",
		      after.page_tables - before.page_tables, 0);
}

/* What is lost is lost in every round: few are enough. */
TEST_F(against, all_memory_comes_back)
{
	NEED(HZ_NEED_MEMCG);
	NEED_MOVE();
	self->crew.rounds = few(self->crew.rounds);
	EXPECT_MEMCG_EMPTIES(run_duel, &self->crew, &duel.cg);
}

TEST_F(against, the_huge_zero_page_stays_zero)
{
	NEED_MOVE();
	self->crew.rounds = few(self->crew.rounds);
	REQUIRE_OK(run_duel(&self->crew));
	EXPECT_STATE(arena.other.addr, HZ_HUGE_ZERO);
	EXPECT_ALL_ZERO(arena.other.addr);
	EXPECT_MOVED();
}

/* Moves that close the range to stores for a while. */
FIXTURE(closing)
{
	struct hz_crew crew;
};

FIXTURE_VARIANT(closing)
{
	const struct move *move;
};

FIXTURE_VARIANT_ADD(closing, munmap) {
	.move = &by_munmap,
};

FIXTURE_VARIANT_ADD(closing, mprotect) {
	.move = &by_mprotect,
};

FIXTURE_VARIANT_ADD(closing, mremap) {
	.move = &by_mremap,
};

FIXTURE_VARIANT_ADD(closing, uffd_wp) {
	.move = &by_uffd_wp,
};

FIXTURE_SETUP(closing)
{
	hz_test_begin();
	ASSERT_EQ(0, set_up_duel(&self->crew, variant->move));
}

FIXTURE_TEARDOWN(closing)
{
	arena_close();
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(closing, lets_no_store_pass)
{
	NEED_MOVE();
	duel_judge = expect_none_passed;
	REQUIRE_OK(run_duel(&self->crew));
	EXPECT_HARMONY(&self->crew);
}

TEST_F(closing, refuses_no_store_once_it_is_open)
{
	NEED_MOVE();
	duel_judge = expect_none_refused;
	REQUIRE_OK(run_duel(&self->crew));
	EXPECT_HARMONY(&self->crew);
}

/*
 * One protection against one store.
 *
 *	writer			mover
 *	(1)-(3) not protected
 *	(4) clears the PMD
 *				looks at the PMD: nothing is mapped there, so
 *				nothing is there to be protected, either
 *	(5) maps a page that is not protected
 *
 * The page is not protected though it was there before the call and after it.
 */
FIXTURE(protecting)
{
	struct hz_crew crew;
};

static long missed;

static void protect_once(void)
{
	struct pollfd event = { .fd = duel.uffd.fd, .events = POLLIN };
	bool waited = false;

	hz_uffd_protect(&duel.uffd, arena.range, PMD, true);
	while (__atomic_load_n(&duel.writing, __ATOMIC_ACQUIRE)) {
		/* The store came later: it waits, and this round tells nothing. */
		if (poll(&event, 1, 0) > 0) {
			waited = true;
			wake_the_late();
		}
		sched_yield();
	}
	missed += !waited && !is_protected();
}

static void store_or_protect(struct hz_hand *h)
{
	hz_dally(h);
	if (!h->number) {
		protect_once();
		return;
	}
	store(h, 0);
	__atomic_sub_fetch(&duel.writing, 1, __ATOMIC_RELEASE);
}

FIXTURE_SETUP(protecting)
{
	hz_test_begin();
	ASSERT_EQ(0, set_up_duel(&self->crew, &by_uffd_wp));
	self->crew.hands = 2;
	self->crew.rounds = 4 * rounds_of(4);
	self->crew.work = store_or_protect;
}

FIXTURE_TEARDOWN(protecting)
{
	arena_close();
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(protecting, misses_no_page_that_is_being_written)
{
	NEED_MOVE();
	missed = 0;
	duel_judge = NULL;
	REQUIRE_OK(run_duel(&self->crew));
	if (missed)
		HZ_KNOWN_ISSUE(FAULT_HIDES_RANGE);
}

/*
 * Others who look at the range meanwhile, by the same gap.
 *
 *	writer			looker
 *	(1)-(3)
 *	(4) clears the PMD
 *				looks at the PMD without its lock, and takes
 *				the range for one that was never populated
 *	(5) maps its page
 *
 * It was populated before and is after. An entry of a page table changes under
 * the lock that a looker takes: base pages are there all the time.
 */
struct look {
	void (*look)(struct hz_hand *h);
	/* NULL, or whether the page is there: before and after it has to be. */
	bool (*there)(void);
	/* NULL, or what is missing. */
	const char *(*lack)(void);
	int (*open)(void);
	void (*close)(void);
};

static const struct look *look;	/* of this test */

/* The page that is stored to. */
static char *last_page(void)
{
	return arena.range + PMD - PAGE;
}

static bool resident(void)
{
	unsigned char there = 1;

	return mincore(last_page(), PAGE, &there) || there & 1;
}

/* Or on its way to another place, or in swap: not empty. */
static bool present(void)
{
	off_t at = (uintptr_t)last_page() / PAGE * sizeof(uint64_t);
	uint64_t entry;

	return pread(duel.fd, &entry, sizeof(entry), at) != sizeof(entry) ||
	       entry >> 62;
}

static bool is_being_written(void)
{
	return __atomic_load_n(&duel.writing, __ATOMIC_ACQUIRE);
}

static void look_until_stored(bool (*there)(void))
{
	bool gone = false;

	do {
		gone |= !there();
		sched_yield();
	} while (is_being_written());
	missed += gone;
}

static void look_by_mincore(struct hz_hand *h)
{
	(void)h;
	look_until_stored(resident);
}

static void look_by_pagemap(struct hz_hand *h)
{
	(void)h;
	look_until_stored(present);
}

static int open_pagemap(void)
{
	duel.fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	return duel.fd < 0 ? -errno : 0;
}

static void close_fd(void)
{
	close(duel.fd);
}

/* Every other time until mincore() has found the gap, where there is one. */
static void wait_for_gap(struct hz_hand *h)
{
	if (h->crew->round & 1) {
		hz_dally(h);
		return;
	}
	while (resident() && is_being_written())
		sched_yield();
}

/* What changes while it is being moved is left to be moved again. */
static void look_by_move(struct hz_hand *h)
{
	int err;

	wait_for_gap(h);
	err = hz_uffd_move(&duel.uffd, duel.away.addr, arena.range, PMD);
	while (is_being_written())
		sched_yield();
	madvise(duel.away.addr, PMD, MADV_DONTNEED);
	missed += err == -ENOENT;
	if (err && err != -ENOENT && err != -EAGAIN)
		hz_crew_complain(h->crew, "UFFDIO_MOVE: %s", strerror(-err));
}

static const char *lack_uffd_move(void)
{
	return hz_missing(HZ_NEED_UFFD_MOVE);
}

static int open_uffd_move(void)
{
	int err = open_away();

	if (!err)
		err = hz_uffd_open(&duel.uffd, HZ_UFFD_MOVE);
	return err ? err : hz_uffd_register(&duel.uffd, duel.away.addr, PMD,
					    HZ_UFFD_MODE_MISSING);
}

static void close_uffd_move(void)
{
	close_uffd();
	close_away();
}

/* Protects the range, and finds nothing in it to be protected. */
static void look_by_rwprotect(struct hz_hand *h)
{
	wait_for_gap(h);
	protect_once();
}

static const char *lack_uffd_rwp(void)
{
	return hz_missing(HZ_NEED_UFFD_RWP);
}

static int open_uffd_rwp(void)
{
	int err = hz_uffd_open(&duel.uffd, HZ_UFFD_RWP);

	return err ? err : hz_uffd_register(&duel.uffd, arena.range, PMD,
					    HZ_UFFD_MODE_RWP);
}

static const struct look by_mincore = {
	.look = look_by_mincore,
	.there = resident,
};

static const struct look by_pagemap = {
	.look = look_by_pagemap,
	.there = present,
	.open = open_pagemap,
	.close = close_fd,
};

static const struct look by_uffdio_move = {
	.look = look_by_move,
	.lack = lack_uffd_move,
	.open = open_uffd_move,
	.close = close_uffd_move,
};

static const struct look by_rwprotect = {
	.look = look_by_rwprotect,
	.lack = lack_uffd_rwp,
	.open = open_uffd_rwp,
	.close = close_uffd,
};

static void expect_there(struct hz_crew *c, const char *when)
{
	if (look->there && !look->there())
		hz_crew_complain(c, "the page is not there %s the store", when);
}

/* From swap, should it be there by now; what is protected is not touched. */
static void end_populated(struct hz_crew *c)
{
	if (look->there)
		hz_read_fault(last_page());
	expect_there(c, "after");
}

static void begin_populated(struct hz_crew *c)
{
	madvise(arena.range, PMD, MADV_DONTNEED);
	hz_read_all(arena.range, PMD);
	expect_there(c, "before");
	draw_stores(c);
	duel.writing = 1;
}

static void store_or_look(struct hz_hand *h)
{
	if (!h->number) {
		look->look(h);
		return;
	}
	hz_dally(h);
	store(h, 0);
	__atomic_sub_fetch(&duel.writing, 1, __ATOMIC_RELEASE);
}

FIXTURE(found)
{
	struct hz_crew crew;
	struct hz_region base;
};

FIXTURE_VARIANT(found)
{
	const struct look *look;
};

FIXTURE_VARIANT_ADD(found, by_mincore) {
	.look = &by_mincore,
};

FIXTURE_VARIANT_ADD(found, by_pagemap) {
	.look = &by_pagemap,
};

FIXTURE_VARIANT_ADD(found, by_uffdio_move) {
	.look = &by_uffdio_move,
};

FIXTURE_VARIANT_ADD(found, by_rwprotect) {
	.look = &by_rwprotect,
};

FIXTURE_SETUP(found)
{
	hz_test_begin();
	look = variant->look;
	self->crew = (struct hz_crew){
		.hands = 2, .rounds = 4 * rounds_of(4),
		.before = begin_populated, .work = store_or_look,
		.after = end_populated,
	};
	ASSERT_EQ(0, arena_open());
	ASSERT_EQ(0, hz_region_map(&self->base, 1, HZ_ADVISE_BASE));
}

FIXTURE_TEARDOWN(found)
{
	hz_region_unmap(&self->base);
	arena_close();
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* How often @range was taken for empty is in @missed. 0 or -errno. */
static int run_looks(struct hz_crew *c, char *range)
{
	int err;

	arena.range = range;
	missed = 0;
	duel.uffd.fd = -1;
	err = look->open ? look->open() : 0;
	if (!err)
		err = hz_crew_run(c);
	if (look->close)
		look->close();
	return err;
}

TEST_F(found, populated_while_it_is_being_written)
{
	if (look->lack && look->lack())
		HZ_SKIP("needs %s", look->lack());
	REQUIRE_OK(run_looks(&self->crew, self->base.addr));
	EXPECT_HARMONY(&self->crew);
	EXPECT_NUMBER("base pages taken for empty, rounds", missed, 0);
	REQUIRE_OK(run_looks(&self->crew, arena.region.addr));
	EXPECT_HARMONY(&self->crew);
	if (missed)
		HZ_KNOWN_ISSUE(FAULT_HIDES_RANGE);
}

/*
 * Two stores where memory is left for one huge page.
 *
 *	A			B
 *				(1)
 *	(1)			(2) allocates
 *	(2) is refused one
 *				(3)-(5) maps its page
 *	splits what is mapped,
 *	the huge zero page or not
 *
 * B's page is mapped by a page table then, though nobody asked for that.
 */
FIXTURE(scarce)
{
	struct hz_crew crew;
	struct hz_memcg cg;
};

static long got, shattered;	/* huge pages, and those that were split */

/* Without the page table that an earlier round's split left. */
static void begin_anew(struct hz_crew *c)
{
	hz_range_read_anew(arena.range);
	draw_stores(c);
}

static void store_once(struct hz_hand *h)
{
	hz_dally(h);
	store(h, 0);
}

/* What was split before it was written has a page of each store only. */
static void count_shattered(struct hz_crew *c)
{
	struct hz_view v;

	hz_look(arena.range, &v);
	got += v.anon == hz_pmd_pages();
	shattered += v.anon == hz_pmd_pages() && v.state != HZ_ANON_THP;
	expect_all_stored(c);
}

static int leave_room_for_one(struct hz_memcg *cg)
{
	int err = hz_memcg_create(cg, "scarce");

	if (!err)
		err = hz_memcg_forbid_swap(cg);
	/* What the process itself needs is not to be charged to it. */
	hz_settle();
	if (!err)
		err = hz_memcg_enter(cg);
	return err ? err : hz_memcg_limit(cg, 2 * PMD - PAGE);
}

FIXTURE_SETUP(scarce)
{
	hz_test_begin();
	ASSERT_EQ(0, arena_open());
	got = 0;
	shattered = 0;
	self->crew = (struct hz_crew){
		.hands = 2, .rounds = rounds_of(2),
		.before = begin_anew, .work = store_once,
		.after = count_shattered,
	};
}

FIXTURE_TEARDOWN(scarce)
{
	arena_close();
	EXPECT_EQ(0, hz_memcg_destroy(&self->cg));
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(scarce, store_that_is_refused_splits_no_thp)
{
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_MEMCG);
	NEED_MEMORY(2 * PMD);
	REQUIRE_OK(leave_room_for_one(&self->cg));
	REQUIRE_OK(hz_crew_run(&self->crew));
	EXPECT_HARMONY(&self->crew);
	if (!got)
		HZ_SKIP("needs a huge page for one of two stores: none of %ld rounds had one",
			self->crew.rounds);
	printf("# %ld of %ld THPs were split\n", shattered, got);
	if (shattered)
		HZ_KNOWN_ISSUE("a store that gets no THP splits that of another");
}

/*
 * One protection by PAGEMAP_SCAN against one migration. Tracked so, a store to
 * the huge zero PMD leaves base pages (doc/observed.md).
 *
 *	mover			scanner
 *	takes a page away, and notes in its entry that it was writable
 *				protects the page, by a bit of that entry
 *	puts it back as the entry says: writable, or else protected
 *
 * The page counts as written from then on, though nobody wrote.
 */
FIXTURE(moving)
{
	struct hz_crew crew;
	struct hz_uffd uffd;
};

static long left_written;

static void write_every_page(struct hz_crew *c)
{
	long i;

	(void)c;
	for (i = 0; i < PMD; i += PAGE)
		hz_store(arena.range + i, 1);
}

static long move_took;

static void move_away(void)
{
	const long began = hz_now();

	hz_move_range(arena.range, !hz_node_of(arena.range));
	__atomic_store_n(&move_took, hz_now() - began, __ATOMIC_RELAXED);
}

/* At any moment of a move: as long as the last one took. */
static void meet_the_move(struct hz_hand *h)
{
	const long until = hz_now() + hz_random(&h->random, 1 +
				__atomic_load_n(&move_took, __ATOMIC_RELAXED));

	while (hz_now() < until)
		sched_yield();
}

static void move_or_protect(struct hz_hand *h)
{
	struct hz_written w;

	if (!h->number) {
		move_away();
		return;
	}
	meet_the_move(h);
	hz_scan_written(arena.range, PMD, HZ_SCAN_AND_PROTECT, 0, &w);
}

static void count_left_written(struct hz_crew *c)
{
	struct hz_written w;

	if (hz_scan_written(arena.range, PMD, HZ_SCAN_ONLY, 0, &w))
		hz_crew_complain(c, "PAGEMAP_SCAN failed");
	else
		left_written += w.pages;
}

FIXTURE_SETUP(moving)
{
	hz_test_begin();
	ASSERT_EQ(0, arena_open());
	hz_read_fault(arena.range);
	left_written = 0;
	self->crew = (struct hz_crew){
		.hands = 2, .rounds = 4 * rounds_of(2),
		.before = write_every_page, .work = move_or_protect,
		.after = count_left_written,
	};
}

FIXTURE_TEARDOWN(moving)
{
	hz_uffd_close(&self->uffd);
	arena_close();
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(moving, scan_protects_each_page)
{
	struct hz_written w;
	int tries = 5;

	NEED(HZ_NEED_UFFD_WP_ASYNC);
	NEED(HZ_NEED_PAGEMAP_SCAN);
	NEED(HZ_NEED_TWO_NODES);
	REQUIRE_OK(hz_uffd_open(&self->uffd, HZ_UFFD_WP | HZ_UFFD_WP_ASYNC));
	REQUIRE_OK(hz_uffd_register(&self->uffd, arena.range, PMD,
				    HZ_UFFD_MODE_WP));
	REQUIRE_OK(hz_uffd_protect(&self->uffd, arena.range, PMD, true));
	/* Compaction may move some now and then, but not each time. */
	do {
		left_written = 0;
		write_every_page(&self->crew);
		REQUIRE_OK(hz_scan_written(arena.range, PMD,
					   HZ_SCAN_AND_PROTECT, 0, &w));
		count_left_written(&self->crew);
	} while (left_written && --tries);
	EXPECT_NUMBER("pages that count as written where nobody moved any",
		      left_written, 0);
	/* CONFIG_PAGE_TABLE_CHECK sees the entry, before a page is written. */
	hz_kmsg_forgive("at __page_table_check_ptes_set");
	REQUIRE_OK(hz_crew_run(&self->crew));
	EXPECT_HARMONY(&self->crew);
	EXPECT_QUIET_KERNEL();
	if (left_written || hz_kmsg_forgiven())
		HZ_KNOWN_ISSUE("PAGEMAP_SCAN does not protect a page that is being moved");
}

/*
 * The same of clear_refs:
 *
 *	mover			who clears
 *	takes a page away, and notes in its entry that it was writable
 *				clears soft-dirty in that entry, and does not
 *				make it one of a page to be read
 *	puts it back as the entry says: writable, and clean
 *
 * A store to the page takes no fault that could mark it.
 */
static long left_unmarked;

static void move_or_clear(struct hz_hand *h)
{
	if (!h->number) {
		move_away();
		return;
	}
	meet_the_move(h);
	hz_clear_soft_dirty();
}

static void count_left_unmarked(struct hz_crew *c)
{
	long marked;

	write_every_page(c);
	marked = hz_scan_pages(arena.range, HZ_SCAN_SOFT_DIRTY);
	if (marked < 0)
		hz_crew_complain(c, "PAGEMAP_SCAN: %s", strerror(-marked));
	else
		left_unmarked += hz_pmd_pages() - marked;
}

TEST_F(moving, clearing_soft_dirty_marks_each_store_after_it)
{
	int tries = 5;

	NEED(HZ_NEED_SOFT_DIRTY);
	NEED(HZ_NEED_PAGEMAP_SCAN);
	NEED(HZ_NEED_TWO_NODES);
	if (hz_scan_pages(arena.range, HZ_SCAN_SOFT_DIRTY) == -EINVAL)
		HZ_SKIP("needs PAGE_IS_SOFT_DIRTY of PAGEMAP_SCAN (6.8)");
	REQUIRE_OK(mprotect(arena.range, PAGE, PROT_READ));
	REQUIRE_OK(mprotect(arena.range, PAGE, PROT_READ | PROT_WRITE));
	do {
		left_unmarked = 0;
		write_every_page(&self->crew);
		REQUIRE_OK(hz_clear_soft_dirty());
		count_left_unmarked(&self->crew);
	} while (left_unmarked && --tries);
	EXPECT_NUMBER("pages that count as clean where nobody moved any",
		      left_unmarked, 0);
	self->crew.work = move_or_clear;
	self->crew.after = count_left_unmarked;
	REQUIRE_OK(hz_crew_run(&self->crew));
	EXPECT_HARMONY(&self->crew);
	EXPECT_QUIET_KERNEL();
	if (left_unmarked)
		HZ_KNOWN_ISSUE("clear_refs leaves a page that is being moved writable");
}

/*
 * A process that dies while its threads write.
 *
 *	writer			whoever ends it
 *	(1), (2)
 *				the process dies; out of memory, its pages are
 *				taken while others of its threads still run
 *	(3) must not map anything that nobody would give back
 */
#define LIVES	4
#define RANGES	2
#define ENDED	256

static struct {
	struct hz_region region;
	struct hz_memcg cg;
	int alive[2];		/* a pipe of each: the threads are at work */
} life;

enum death { BY_EXIT, BY_SIGNAL, BY_OOM };

FIXTURE(dying)
{
	struct hz_crew crew;
};

FIXTURE_VARIANT(dying)
{
	enum death by;
	void (*work)(struct hz_hand *h);
	int lives;
	int end;		/* the signal, or ENDED + exit status */
};

/* One more store to a range that may just be mapped, dropped, or huge zero. */
static void write_on(struct hz_hand *h)
{
	char *range = hz_range(&life.region, hz_random(&h->random, RANGES));

	if (!hz_random(&h->random, 4))
		madvise(range, PMD, MADV_DONTNEED);
	hz_read_fault(range);
	hz_store(range + hz_random(&h->random, PMD), 1);
}

/* Hand 0 ends it all in the middle of its work. */
static void write_and_exit(struct hz_hand *h)
{
	long left = 10 + hz_random(&h->random, 10);

	while (h->number || left--)
		write_on(h);
	hz_dally(h);
	_exit(0);
}

static void write_and_wait(struct hz_hand *h)
{
	long done = 0;

	for (;;) {
		write_on(h);
		if (++done == 10 && !h->number &&
		    write(life.alive[1], "x", 1) != 1)
			_exit(1);
	}
}

/* Hand 0 takes base pages until there are no more. */
static void write_and_take(struct hz_hand *h)
{
	struct hz_region hog;
	long i;

	while (h->number)
		write_on(h);
	if (hz_region_map(&hog, 4 * RANGES, HZ_ADVISE_BASE))
		_exit(2);
	for (i = 0; i < 4 * RANGES * PMD; i += PAGE)
		hz_store(hog.addr + i, 1);
	_exit(3);
}

FIXTURE_VARIANT_ADD(dying, exit) {
	.by = BY_EXIT, .work = write_and_exit, .lives = LIVES, .end = ENDED,
};

FIXTURE_VARIANT_ADD(dying, signal) {
	.by = BY_SIGNAL, .work = write_and_wait, .lives = LIVES,
	.end = SIGKILL,
};

FIXTURE_VARIANT_ADD(dying, oom) {
	.by = BY_OOM, .work = write_and_take, .lives = 2, .end = SIGKILL,
};

FIXTURE_SETUP(dying)
{
	hz_test_begin();
	ASSERT_EQ(0, arena_open());
	ASSERT_EQ(0, hz_region_map(&life.region, RANGES, HZ_ADVISE_HUGE));
	self->crew = (struct hz_crew){
		.hands = duel_hands(), .rounds = 1, .work = variant->work,
	};
}

FIXTURE_TEARDOWN(dying)
{
	hz_region_unmap(&life.region);
	arena_close();
	EXPECT_EQ(0, hz_memcg_destroy(&life.cg));
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

static void live(struct hz_crew *c, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent ||
	    (life.cg.dir[0] && hz_memcg_enter(&life.cg)))
		_exit(4);
	hz_crew_run(c);
	_exit(5);
}

/* One life. Returns the signal that ended it, or ENDED + its exit status. */
static int live_and_die(struct hz_crew *c, enum death by, uint64_t *random)
{
	volatile uint64_t left = hz_random(random, 1 << 18);
	pid_t pid, parent = getpid();
	int status = -1;
	char x;

	if (pipe2(life.alive, O_CLOEXEC))
		return -errno;
	fflush(NULL);
	pid = fork();
	if (!pid)
		live(c, parent);
	/* One that dies before it is at work is not waited for. */
	close(life.alive[1]);
	if (by == BY_SIGNAL && read(life.alive[0], &x, 1) == 1) {
		while (left)
			left--;
		kill(pid, SIGKILL);
	}
	close(life.alive[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -ECHILD;
	return WIFSIGNALED(status) ? WTERMSIG(status) :
				     ENDED + WEXITSTATUS(status);
}

/* All lives end as they are to, or it says how one did not. */
static int die_often(struct hz_crew *c, enum death by, int lives, int want)
{
	uint64_t random = hz_seed();
	int i, end = want;

	for (i = 0; i < lives && end == want; i++)
		end = live_and_die(c, by, &random);
	return end;
}

#define NEED_DEATH() do { \
	NEED_MEMORY((2 + RANGES) * PMD); \
	if (variant->by != BY_OOM) \
		break; \
	NEED(HZ_NEED_MEMCG); \
	NEED_NO_PANIC_ON_OOM(); \
	REQUIRE_OK(hz_memcg_create(&life.cg, "oom")); \
	REQUIRE_OK(hz_memcg_forbid_swap(&life.cg)); \
	REQUIRE_OK(hz_memcg_limit(&life.cg, (1 + RANGES) * PMD)); \
} while (0)

#define DIE() \
	EXPECT_NUMBER("signal, or 256 + status, that ended the process", \
		      die_often(&self->crew, variant->by, variant->lives, \
				variant->end), variant->end)

TEST_F(dying, returns_all_memory)
{
	NEED(HZ_NEED_MEMCG);
	NEED_DEATH();
	if (!life.cg.dir[0])
		REQUIRE_OK(hz_memcg_create(&life.cg, "dying"));
	DIE();
	EXPECT_ABOUT("bytes charged when all is over",
		     hz_memcg_usage_drained(&life.cg, PMD / 2), PMD / 4,
		     PMD / 4);
}

/* check_mm() compares the counters with 0 when the last user is gone. */
TEST_F(dying, leaves_the_books_balanced)
{
	NEED(HZ_NEED_KMSG);
	NEED_DEATH();
	DIE();
	EXPECT_QUIET_KERNEL();
}

TEST_F(dying, leaves_the_huge_zero_page_zero)
{
	NEED_DEATH();
	DIE();
	EXPECT_STATE(arena.other.addr, HZ_HUGE_ZERO);
	EXPECT_ALL_ZERO(arena.other.addr);
}

int main(int argc, char **argv)
{
	hz_program_begin(argc, argv, HZ_TAKES_ARGUMENTS);
	printf("# hugezero: HZ_SEED=%llu\n", (unsigned long long)hz_seed());
	return test_harness_run(argc, argv);
}
