// SPDX-License-Identifier: GPL-2.0
/*
 * Can the other programs be believed on this kernel? Looks at ranges that were
 * made by any means but a wp-fault, whose state is known from how they were
 * made; and kills runs to see that their settings do not outlive them.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hugezero_khugepaged.h"
#include "hugezero_test.h"

#define PMD	((long)hz_pmd_size())
#define PAGE	((long)hz_page_size())
#define PAGES	((long)hz_pmd_pages())

/* One range, made by @make; what must be seen there. */
FIXTURE(look)
{
	struct hz_region region;
	struct hz_view view;
	int err;
};

FIXTURE_VARIANT(look)
{
	int (*make)(struct hz_region *r);
	enum hz_state state;
	/* Pages of each kind; of those below 0, that many less than all. */
	long anon, zero, absent, swapped;
	char first, last;	/* letters at both ends of the picture */
	enum hz_need need;
	bool needs;
};

#define ALL		(-1000000L)
#define ALL_BUT(n)	(ALL + (n))

static long count(long n)
{
	return n < 0 ? PAGES - (n - ALL) : n;
}

static int make_untouched(struct hz_region *r)
{
	return hz_region_map(r, 1, HZ_ADVISE_HUGE);
}

static int make_read(struct hz_region *r)
{
	int err = make_untouched(r);

	if (!err)
		hz_read_fault(r->addr + PMD / 2);
	return err;
}

static int make_written(struct hz_region *r)
{
	int err = make_untouched(r);

	if (!err)
		hz_store(r->addr + PMD / 2, 1);
	return err;
}

static int make_base(struct hz_region *r)
{
	int err = hz_region_map(r, 1, HZ_ADVISE_BASE);

	if (!err)
		memset(r->addr, 1, PMD);
	return err;
}

static int make_base_zero(struct hz_region *r)
{
	int err = hz_region_map(r, 1, HZ_ADVISE_BASE);

	if (!err)
		hz_read_all(r->addr, PMD);
	return err;
}

static int make_one_base(struct hz_region *r)
{
	int err = make_base_zero(r);

	if (!err)
		hz_store(r->addr + PMD - 1, 1);
	return err;
}

static int make_hole(struct hz_region *r)
{
	int err = make_base(r);

	if (err)
		return err;
	return madvise(r->addr, PAGE, MADV_DONTNEED) ? -errno : 0;
}

static int make_split_thp(struct hz_region *r)
{
	int err = make_written(r);

	return err ? err : hz_range_map_by_pages(r->addr);
}

static int make_split_zero(struct hz_region *r)
{
	int err = make_read(r);

	return err ? err : hz_range_map_by_pages(r->addr);
}

static int make_dropped(struct hz_region *r)
{
	int err = make_written(r);

	if (err)
		return err;
	return madvise(r->addr, PMD, MADV_DONTNEED) ? -errno : 0;
}

static int make_swapped(struct hz_region *r)
{
	int err = make_base(r);
	struct hz_view v;

	return err ? err : hz_page_out(r->addr, &v);
}

static int make_no_vma(struct hz_region *r)
{
	int err = make_written(r);

	if (err)
		return err;
	return munmap(r->addr + PAGE, PAGE) ? -errno : 0;
}

FIXTURE_VARIANT_ADD(look, untouched) {
	.make = make_untouched, .state = HZ_EMPTY, .absent = ALL,
	.first = '.', .last = '.',
};

FIXTURE_VARIANT_ADD(look, read_first) {
	.make = make_read, .state = HZ_HUGE_ZERO, .zero = ALL,
	.first = 'H', .last = 'H',
};

FIXTURE_VARIANT_ADD(look, written_first) {
	.make = make_written, .state = HZ_ANON_THP, .anon = ALL,
	.first = 'T', .last = 'T',
};

FIXTURE_VARIANT_ADD(look, base_pages) {
	.make = make_base, .state = HZ_PAGE_TABLE, .anon = ALL,
	.first = 'A', .last = 'A',
};

FIXTURE_VARIANT_ADD(look, base_zero_pages) {
	.make = make_base_zero, .state = HZ_PAGE_TABLE, .zero = ALL,
	.first = 'Z', .last = 'Z',
};

FIXTURE_VARIANT_ADD(look, one_page_in_zero_pages) {
	.make = make_one_base, .state = HZ_PAGE_TABLE, .anon = 1,
	.zero = ALL_BUT(1), .first = 'Z', .last = 'a',
};

FIXTURE_VARIANT_ADD(look, hole_in_base_pages) {
	.make = make_hole, .state = HZ_PAGE_TABLE, .anon = ALL_BUT(1),
	.absent = 1, .first = ',', .last = 'A',
};

FIXTURE_VARIANT_ADD(look, thp_mapped_by_pages) {
	.make = make_split_thp, .state = HZ_PAGE_TABLE, .anon = ALL,
	.first = 'L', .last = 'L', .needs = true, .need = HZ_NEED_KPAGEFLAGS,
};

FIXTURE_VARIANT_ADD(look, huge_zero_mapped_by_pages) {
	.make = make_split_zero, .state = HZ_PAGE_TABLE, .zero = ALL,
	.first = 'Z', .last = 'Z',
};

FIXTURE_VARIANT_ADD(look, dropped) {
	.make = make_dropped, .state = HZ_EMPTY, .absent = ALL,
	.first = '.', .last = '.',
};

FIXTURE_VARIANT_ADD(look, swapped) {
	.make = make_swapped, .state = HZ_PAGE_TABLE, .swapped = ALL,
	.first = 'S', .last = 'S', .needs = true, .need = HZ_NEED_SWAP,
};

FIXTURE_VARIANT_ADD(look, partly_unmapped) {
	.make = make_no_vma, .state = HZ_UNMAPPED,
};

FIXTURE_SETUP(look)
{
	hz_test_begin();
	if (variant->needs && hz_missing(variant->need))
		return;
	self->err = variant->make(&self->region);
	hz_look(self->region.addr, &self->view);
}

FIXTURE_TEARDOWN(look)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(look, tells_the_state)
{
	if (variant->needs)
		NEED(variant->need);
	REQUIRE_OK(self->err);
	EXPECT_STATE(self->region.addr, variant->state);
}

TEST_F(look, counts_the_pages)
{
	if (variant->needs)
		NEED(variant->need);
	REQUIRE_OK(self->err);
	EXPECT_NUMBER("anonymous", self->view.anon, count(variant->anon));
	EXPECT_NUMBER("zero", self->view.zero, count(variant->zero));
	EXPECT_NUMBER("absent", self->view.absent, count(variant->absent));
	EXPECT_NUMBER("swapped", self->view.swapped, count(variant->swapped));
}

TEST_F(look, draws_them)
{
	const char *picture = self->view.picture;
	size_t cells = strlen(picture);
	char first = variant->first, last = variant->last;

	if (variant->needs)
		NEED(variant->need);
	if (!first)
		return;
	REQUIRE_OK(self->err);
	/* With fewer than 128 pages a cell is one page, all of one kind. */
	if (PAGES < 128) {
		first = first == ',' ? '.' : first;
		last = last == 'a' ? 'A' : last;
	}
	EXPECT_EQ('[', picture[0]);
	EXPECT_EQ(']', picture[cells - 1]);
	EXPECT_EQ(first, picture[1]);
	EXPECT_EQ(last, picture[cells - 2]);
}

TEST_F(look, changes_nothing)
{
	long before;

	if (variant->needs)
		NEED(variant->need);
	REQUIRE_OK(self->err);
	before = hz_smaps(self->region.addr, "Rss");
	hz_look(self->region.addr, &self->view);
	EXPECT_NUMBER("Rss", hz_smaps(self->region.addr, "Rss"), before);
}

/* Fault and memory counts of touching base pages, which are no secret. */
FIXTURE(count)
{
	struct hz_region region;
	struct hz_watch watch;
};

FIXTURE_SETUP(count)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_BASE));
	hz_watch_on(&self->watch, self->region.addr, "writes to base pages");
}

FIXTURE_TEARDOWN(count)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

static void store_in_pages(char *range, long n)
{
	while (n--)
		hz_store(range + n * PAGE, 1);
}

TEST_F(count, an_action_without_fault_counts_none)
{
	char *range = self->region.addr;

	store_in_pages(range, 1);
	WATCHED(&self->watch, store_in_pages(range, 1));
	EXPECT_FAULTS(&self->watch, 0);
}

TEST_F(count, a_fault_for_each_page)
{
	char *range = self->region.addr;

	WATCHED(&self->watch, store_in_pages(range, 5));
	EXPECT_FAULTS(&self->watch, 5);
}

TEST_F(count, rss_of_each_page)
{
	char *range = self->region.addr;

	WATCHED(&self->watch, store_in_pages(range, PAGES));
	EXPECT_RSS(&self->watch, PMD);
}

TEST_F(count, the_page_table_of_the_first)
{
	char *range = self->region.addr;

	NEED(HZ_NEED_PTE_KB);
	WATCHED(&self->watch, store_in_pages(range, 1));
	EXPECT_NUMBER("a page table was added", self->watch.after.page_tables >
		      self->watch.before.page_tables, 1);
}

/* A cgroup counts what is done in it, and nothing when nothing is. */
FIXTURE(memcg)
{
	struct hz_region region;
	struct hz_memcg cg;
};

FIXTURE_SETUP(memcg)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	if (!hz_missing(HZ_NEED_MEMCG))
		ASSERT_EQ(0, hz_memcg_create(&self->cg, "lib"));
}

FIXTURE_TEARDOWN(memcg)
{
	hz_region_unmap(&self->region);
	EXPECT_EQ(0, hz_memcg_destroy(&self->cg));
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(memcg, is_empty_at_first)
{
	NEED(HZ_NEED_MEMCG);
	EXPECT_NUMBER("usage, bytes", hz_memcg_usage(&self->cg), 0);
	EXPECT_NUMBER("huge pages, bytes",
		      hz_memcg_stat(&self->cg, HZ_MEMCG_ANON_THP), 0);
}

TEST_F(memcg, counts_a_thp_written_first)
{
	NEED(HZ_NEED_MEMCG_THP);
	REQUIRE_OK(hz_memcg_enter(&self->cg));
	hz_store(self->region.addr, 1);
	REQUIRE_STATE(self->region.addr, HZ_ANON_THP);
	EXPECT_NUMBER("huge pages, bytes",
		      hz_memcg_stat_settled(&self->cg, HZ_MEMCG_ANON_THP, PMD),
		      PMD);
	hz_region_unmap(&self->region);
	EXPECT_NUMBER("huge pages after unmap, bytes",
		      hz_memcg_stat_settled(&self->cg, HZ_MEMCG_ANON_THP, 0),
		      0);
}

/* Takes a page away @n times, and uses it again. */
static void fault_again(char *page, int n)
{
	while (n--) {
		madvise(page, hz_page_size(), MADV_DONTNEED);
		hz_store(page, 1);
	}
}

/* The kernel may take a page of the program itself away at any moment. */
TEST(fault_on_a_page_of_the_process_is_not_a_tests)
{
	static char own[64 * 1024]
		__attribute__((aligned(64 * 1024)));
	struct hz_region r;
	long all, of_test;

	hz_test_begin();
	if (!hz_faults_are_told_apart())
		HZ_SKIP("needs perf_event_open(2) and CONFIG_PERF_EVENTS");
	REQUIRE_OK(hz_region_map(&r, 1, HZ_ADVISE_BASE));
	hz_settle();
	hz_faults_of_test();
	all = hz_faults();
	of_test = hz_faults_of_test();
	fault_again(own, 100);
	EXPECT_NUMBER("faults of the process", hz_faults() - all >= 100, true);
	EXPECT_NUMBER("of the test", hz_faults_of_test() - of_test, 0);
	fault_again(r.addr, 100);
	EXPECT_NUMBER("of the test", hz_faults_of_test() - of_test, 100);
	hz_region_unmap(&r);
	hz_test_end(_metadata->name);
}

/* However many mappings there are, the stack is known, and all of it settled. */
TEST(stack_is_of_the_process_and_takes_no_fault)
{
	const long page = hz_page_size(), n = 600;
	char *p, *top = (char *)getauxval(AT_EXECFN);
	long i, faults;

	hz_test_begin();
	p = mmap(NULL, n * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, p);
	for (i = 0; i < n; i += 2)
		REQUIRE_OK(mprotect(p + i * page, page, PROT_NONE));
	hz_settle_later();
	hz_settle();
	faults = hz_faults();
	hz_store(top, *top);
	EXPECT_NUMBER("faults of a store to it", hz_faults() - faults, 0);
	EXPECT_NUMBER("whether it is of the process", hz_is_own(top), true);
	munmap(p, n * page);
	hz_test_end(_metadata->name);
}

/* What is a complaint, and whose. */
struct log_line {
	const char *text;
	bool complaint;
};

static const struct log_line log_lines[] = {
	{ "usb 1-1: new high-speed USB device number 2", false },
	{ "BUG: Bad rss-counter state mm:0000 type:MM_ANONPAGES val:512", true },
	{ "BUG: non-zero pgtables_bytes on freeing mm: 4096", true },
	{ "BUG: Bad page state in process cat  pfn:12345", true },
	{ "WARNING: CPU: 1 PID: 7 at mm/huge_memory.c:42 f+0x1/0x2", true },
	{ "WARNING: mm/huge_memory.c:42 at f+0x1/0x2, CPU#1: sh/7", true },
	{ "WARNING: CPU: 1 PID: 7 at drivers/net/x.c:42 f+0x1/0x2", false },
	{ "CPU: 1 PID: 7 Comm: nethack Not tainted", false },
	{ "kernel BUG at mm/page_table_check.c:105!", true },
	{ " ? page_table_check_clear+0x9a/0x120", false },
	{ "Oops: 0002 [#1] SMP", false },
	{ "CPU: 1 PID: 7 Comm: hugezero_wp Not tainted", true },
	{ "CPU: 1 PID: 7 Comm: hugezero_wp Not tainted", false },
	{ "Oops: 0002 [#1] SMP", false },
	{ "CPU: 0 PID: 40 Comm: khugepaged Not tainted", true },
	{ "BUG: KASAN: use-after-free in zap_huge_pmd+0x1/0x2", false },
	{ "CPU: 0 PID: 41 Comm: oom_reaper Not tainted", true },
	{ "UBSAN: shift-out-of-bounds in drivers/net/x.c:42:7", false },
	{ "CPU: 0 PID: 42 Comm: nethack Not tainted", false },
	{ "UBSAN: shift-out-of-bounds in mm/huge_memory.c:42:7", false },
	{ "CPU: 0 PID: 43 Comm: kswapd0 Not tainted", true },
	{ "hugezero_wp: a line that only names it", false },
};

TEST(kernel_log_tells_a_complaint_from_other_lines)
{
	size_t i;

	hz_test_begin();
	for (i = 0; i < ARRAY_SIZE(log_lines); i++) {
		EXPECT_EQ(log_lines[i].complaint,
			  hz_kmsg_is_complaint(log_lines[i].text)) {
			TH_LOG("line %zu", i);
		}
	}
	hz_test_end(_metadata->name);
}

/* What anybody may write to the log is not the kernel's word. */
TEST(kernel_log_believes_the_kernel_only)
{
	static const char line[] = "<4>BUG: Bad rss-counter state, not really";
	int fd;

	hz_test_begin();
	NEED(HZ_NEED_KMSG);
	fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		HZ_SKIP("needs to write to /dev/kmsg: %s", strerror(errno));
	EXPECT_EQ((ssize_t)sizeof(line) - 1, write(fd, line, sizeof(line) - 1));
	close(fd);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* What would act upon a range by itself is at rest, or not there at all. */
FIXTURE(others)
{
};

FIXTURE_VARIANT(others)
{
	const char *knob, *want;
};

FIXTURE_VARIANT_ADD(others, khugepaged) {
	.knob = HZ_THP_DIR "khugepaged/scan_sleep_millisecs", .want = "600000",
};

FIXTURE_VARIANT_ADD(others, shrinker) {
	.knob = HZ_THP_DIR "shrink_underused", .want = "0",
};

FIXTURE_VARIANT_ADD(others, ksm) {
	.knob = "/sys/kernel/mm/ksm/run", .want = "0",
};

FIXTURE_VARIANT_ADD(others, numa_balancing) {
	.knob = "/proc/sys/kernel/numa_balancing", .want = "0",
};

FIXTURE_VARIANT_ADD(others, damon_stat) {
	.knob = "/sys/module/damon_stat/parameters/enabled", .want = "N",
};

FIXTURE_SETUP(others)
{
	hz_test_begin();
}

FIXTURE_TEARDOWN(others)
{
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(others, are_at_rest_while_tests_run)
{
	char now[64] = "";

	if (hz_knob_get(variant->knob, now, sizeof(now)) == -ENOENT)
		return;
	if (strcmp(now, variant->want) && access(variant->knob, W_OK))
		SKIP(return, "%s cannot be written", variant->knob);
	EXPECT_STREQ(variant->want, now);
}

/*
 * khugepaged is given much to do, and then told to sleep: once it has come to
 * rest, it collapses nothing more.
 */
TEST(khugepaged_at_rest_collapses_nothing)
{
	const size_t n = 32;
	struct hz_region r;
	char pages[24];
	long before;
	size_t i;

	hz_test_begin();
	NEED(HZ_NEED_KHUGEPAGED);
	NEED_MEMORY(2 * n * hz_pmd_size());
	NEED_MAPPED(hz_region_map(&r, n, HZ_ADVISE_BASE));
	for (i = 0; i < n; i++)
		memset(hz_range(&r, i), 1, hz_pmd_size());
	REQUIRE_OK(madvise(r.addr, n * hz_pmd_size(), MADV_HUGEPAGE));
	/* Four in each pass: told to sleep, it makes one more. */
	snprintf(pages, sizeof(pages), "%zu", 4 * hz_pmd_pages());
	REQUIRE_OK(hz_knob_set("khugepaged/pages_to_scan", pages));
	REQUIRE_OK(hz_knob_set("khugepaged/scan_sleep_millisecs", "1"));
	for (i = 0; i < 3000 && !hz_smaps(r.addr, "AnonHugePages"); i++)
		usleep(1000);
	REQUIRE_OK(hz_knob_set("khugepaged/scan_sleep_millisecs", "600000"));
	EXPECT_NUMBER("whether it comes to rest", hz_khugepaged_rest(), true);
	REQUIRE_OK(hz_knob_set("khugepaged/pages_to_scan", "4096"));
	before = hz_smaps(r.addr, "AnonHugePages");
	if (!before || before == (long)(n * hz_pmd_size()))
		HZ_SKIP("needs khugepaged to come, and to leave some: it collapsed %ld kB",
			before / 1024);
	usleep(20000);
	EXPECT_NUMBER("bytes collapsed later",
		      hz_smaps(r.addr, "AnonHugePages") - before, 0);
	hz_region_unmap(&r);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/*
 * What was just written waits on a list of the processor that wrote it, which
 * another one's MADV_PAGEOUT does not look at.
 */
TEST(pages_are_paged_out_from_where_they_wait)
{
	struct hz_region r;
	size_t i, n = 16;
	cpu_set_t all;

	hz_test_begin();
	NEED(HZ_NEED_SWAP);
	if (sched_getaffinity(0, sizeof(all), &all))
		HZ_SKIP("needs no more than %d processors", CPU_SETSIZE);
	NEED_MAPPED(hz_region_map(&r, 1, HZ_ADVISE_BASE));
	for (i = 0; i < n; i++) {
		hz_go_to_next_cpu(&all);
		hz_store(r.addr + i * PAGE, 1);
	}
	REQUIRE_OK(sched_setaffinity(0, sizeof(all), &all));
	REQUIRE_OK(hz_page_out_pages(r.addr, n));
	EXPECT_NUMBER("pages still mapped", hz_mapped_pages(r.addr, n), 0);
	hz_region_unmap(&r);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* A test that dies leaves its knobs to those after it. */
TEST(knobs_of_a_test_that_died_are_mended)
{
	const char *kept = "khugepaged/max_ptes_none";
	char saved[64] = "", now[64] = "";

	hz_test_begin();
	NEED(HZ_NEED_KHUGEPAGED);
	REQUIRE_OK(hz_knob_saved(kept, saved, sizeof(saved)));
	REQUIRE_OK(hz_knob_set(kept, strcmp(saved, "7") ? "7" : "8"));
	REQUIRE_OK(hz_knob_set("use_zero_page", "0"));
	hz_settings_mend();
	REQUIRE_OK(hz_knob_get(kept, now, sizeof(now)));
	EXPECT_STREQ(saved, now);
	REQUIRE_OK(hz_knob_get("use_zero_page", now, sizeof(now)));
	EXPECT_STREQ("1", now);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/*
 * A knob that is set goes back to what it was, and what is litter is removed,
 * whoever of the run is killed. A run of its own is made for that, which waits.
 */
#define KNOB	HZ_THP_DIR "khugepaged/alloc_sleep_millisecs"

FIXTURE(killed)
{
	char before[64];
	pid_t run;
};

FIXTURE_VARIANT(killed)
{
	bool run, guardian;	/* who is killed */
};

FIXTURE_VARIANT_ADD(killed, nobody) {
	.run = false,
};

FIXTURE_VARIANT_ADD(killed, run) {
	.run = true,
};

FIXTURE_VARIANT_ADD(killed, guardian) {
	.guardian = true,
};

FIXTURE_SETUP(killed)
{
	hz_test_begin();
}

FIXTURE_TEARDOWN(killed)
{
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/*
 * A run within the run: the outer one's lock is not asked for again. @dir is
 * its litter.
 */
static void inner_run(const char *dir, int ready, int go)
{
	pid_t pids[2];
	char why[200], c;

	if (!hz_settings_begin_nested(why, sizeof(why)) ||
	    hz_knob_set(KNOB, "12345"))
		_exit(1);
	hz_settings_litter(dir);
	pids[0] = getpid();
	pids[1] = hz_settings_guardian();
	if (write(ready, pids, sizeof(pids)) != sizeof(pids))
		_exit(1);
	if (read(go, &c, 1) != 0)
		_exit(1);
	hz_settings_end();
	_exit(0);
}

/* The guardian acts within the time that it takes to notice. */
static void await_knob(const char *want, char *now, size_t size)
{
	int i;

	for (i = 0; i < 500; i++) {
		if (!hz_knob_get(KNOB, now, size) && !strcmp(now, want))
			return;
		usleep(10000);
	}
}

static void await_no_file(const char *path)
{
	int i;

	for (i = 0; i < 500 && !access(path, F_OK); i++)
		usleep(10000);
}

static int make_litter(char *dir)
{
	char path[64];
	int fd;

	if (!mkdtemp(dir))
		return -errno;
	snprintf(path, sizeof(path), "%s/file", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : close(fd);
}

TEST_F(killed, leaves_the_machine_as_it_was)
{
	char now[64] = "", dir[] = "/tmp/hugezero-XXXXXX";
	int ready[2], go[2], status;
	pid_t pids[2];

	NEED(HZ_NEED_KHUGEPAGED);
	REQUIRE_OK(hz_knob_get(KNOB, self->before, sizeof(self->before)));
	REQUIRE_OK(make_litter(dir));
	REQUIRE_OK(pipe2(ready, O_CLOEXEC));
	REQUIRE_OK(pipe2(go, O_CLOEXEC));
	fflush(NULL);
	self->run = fork();
	if (!self->run) {
		close(go[1]);
		inner_run(dir, ready[1], go[0]);
	}
	close(go[0]);
	close(ready[1]);
	EXPECT_EQ((ssize_t)sizeof(pids), read(ready[0], pids, sizeof(pids)));
	REQUIRE_OK(hz_knob_get(KNOB, now, sizeof(now)));
	EXPECT_STREQ("12345", now);
	if (variant->guardian)
		kill(pids[1], SIGKILL);
	if (variant->run)
		kill(pids[0], SIGKILL);
	close(go[1]);
	EXPECT_EQ(self->run, waitpid(self->run, &status, 0));
	await_knob(self->before, now, sizeof(now));
	EXPECT_STREQ(self->before, now);
	await_no_file(dir);
	EXPECT_NUMBER("directory left", !access(dir, F_OK), 0);
}

HZ_MAIN
