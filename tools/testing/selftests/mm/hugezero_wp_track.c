// SPDX-License-Identifier: GPL-2.0
/*
 * Who tracks writes to memory that maps the huge zero page is told of each:
 * userfaultfd by an event, PAGEMAP_SCAN and soft-dirty by what they say
 * afterwards. And who pins it to read sees what is written later.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "hugezero_scan.h"
#include "hugezero_test.h"
#include "hugezero_trap.h"
#include "hugezero_writer.h"

#define PMD	((long)hz_pmd_size())
#define PAGE	((long)hz_page_size())
#define PAGES	((long)hz_pmd_pages())
#define BYTE	((char)0xa5)

#ifndef MADV_COLD
#define MADV_COLD 20
#define MADV_PAGEOUT 21
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

/* Headlines of doc/known-issues.md. */
#define UNLISTED_PROTECTS_ALL \
	"PAGEMAP_SCAN without a list protects what does not match"

#define PIN_LOSES_TRACKING \
	"a read-only long-term pin of the huge zero page ends its write tracking"

#define SPLIT_LOSES_SOFT_DIRTY \
	"splitting the huge zero PMD loses soft-dirty"

#define CLEARING_FORGETS_PINS \
	"clearing soft-dirty forgets that a huge page is pinned"

#define PAGE_TABLES_MOVE_UNMARKED \
	"mremap() of whole page tables marks nothing soft-dirty"

#define CLEAN_THPS_ARE_MARKED \
	"splitting or moving a THP marks it soft-dirty"

#define MPROTECT_WRITES \
	"mprotect() of a split THP counts as writing to it"

#define ZERO_PAGES_MOVE_UNMARKED \
	"UFFDIO_MOVE of a zero page does not mark it soft-dirty"

#define SWAP_MOVES_PROTECTED \
	"UFFDIO_MOVE of a page in swap takes its protection along"

#define MOVE_ASKS_FIRST_PAGE \
	"UFFDIO_MOVE takes the first page of a THP for all"

#define MOVE_TAKES_BACK_FREE \
	"UFFDIO_MOVE of a THP takes MADV_FREE back"

#define MOVE_KEEPS_NO_ACCESS \
	"UFFDIO_MOVE of the huge zero page leaves it inaccessible"

/* What there was when a fault was reported, before anyone answered. */
struct finding {
	char *range;
	enum hz_state state;
	long anonymous;		/* bytes */
};

static int look_and_answer(struct hz_uffd *u, char *page)
{
	struct finding *found = u->arg;
	struct hz_view v;

	hz_look(found->range, &v);
	found->state = v.state;
	found->anonymous = hz_smaps(found->range, "Anonymous");
	return hz_uffd_answer_range(u, page);
}

/* Write-protects a range and answers from then on. Returns 0 or -errno. */
static int track(struct hz_uffd *u, char *range, uint64_t features,
		 hz_uffd_answer answer, void *arg)
{
	int err = hz_uffd_open(u, HZ_UFFD_WP | features);

	if (!err)
		err = hz_uffd_register(u, range, PMD, HZ_UFFD_MODE_WP);
	if (!err)
		err = hz_uffd_protect(u, range, PMD, true);
	if (!err)
		err = hz_uffd_serve(u, answer, arg);
	return err;
}

static int do_advise(char *range, int advice)
{
	return hz_advise(range, PMD, advice);
}

/* To its new place, PMD by PMD. */
static int move_to(char *to, char *from)
{
	return mremap(from, PMD, PMD, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to ?
	       0 : -errno;
}

static void store_in_every_page(char *range)
{
	long i;

	for (i = 0; i < PMD; i += PAGE)
		hz_store(range + i, BYTE);
}

static long protected_pages(const char *range)
{
	struct hz_folio f;
	int err = hz_look_folio(range, &f);

	return err ? err : (long)f.uffd_wp;
}

static long soft_dirty_pages(const char *range)
{
	struct hz_folio f;
	int err = hz_look_folio(range, &f);

	return err ? err : (long)f.soft_dirty;
}

/* Pages written since they were protected, or -errno. */
static long written_pages(const char *range)
{
	struct hz_written w;
	int err = hz_scan_written(range, PMD, HZ_SCAN_ONLY, 0, &w);

	return err ? err : (long)w.pages;
}

/* Events of any kind, and no answer that went wrong. */
#define EXPECT_EVENTS(u, want) do { \
	hz_uffd_settle(u); \
	EXPECT_NUMBER("write-protect events", (u)->wp, want); \
	EXPECT_NUMBER("other events", (u)->missing + (u)->rwp + (u)->other, 0); \
	EXPECT_NUMBER("the answer to an event", (u)->err, 0); \
} while (0)

/* Base pages of which one is write-protected: no huge page can say which. */
TEST(collapse_leaves_a_protected_page_alone)
{
	struct hz_region r;
	struct hz_uffd u;

	hz_test_begin();
	u.fd = -1;
	NEED(HZ_NEED_UFFD_WP);
	REQUIRE_OK(hz_region_map(&r, 1, HZ_ADVISE_BASE));
	/* Nothing to do is done by any kernel that knows how. */
	if (hz_advise(r.addr, 0, MADV_COLLAPSE))
		HZ_SKIP("needs MADV_COLLAPSE (6.1)");
	memset(r.addr, BYTE, PMD);
	REQUIRE_OK(madvise(r.addr, PMD, MADV_HUGEPAGE));
	REQUIRE_OK(hz_uffd_open(&u, HZ_UFFD_WP));
	REQUIRE_OK(hz_uffd_register(&u, r.addr, PMD, HZ_UFFD_MODE_WP));
	REQUIRE_OK(hz_uffd_protect(&u, r.addr + 3 * PAGE, PAGE, true));
	EXPECT_NUMBER("MADV_COLLAPSE", do_advise(r.addr, MADV_COLLAPSE), -EINVAL);
	EXPECT_NUMBER("protected pages", protected_pages(r.addr), 1);
	hz_uffd_close(&u);
	hz_region_unmap(&r);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* One store to a range that is write-protected, and somebody who answers. */
FIXTURE(sync)
{
	struct hz_region region;
	struct hz_uffd uffd;
	struct finding found;
	char *range, *other, *at;
	long page;
};

FIXTURE_VARIANT(sync)
{
	long page, byte;	/* below 0: from the end */
};

FIXTURE_VARIANT_ADD(sync, first_byte) {
	.page = 0, .byte = 0,
};

FIXTURE_VARIANT_ADD(sync, page_3) {
	.page = 3, .byte = 7,
};

FIXTURE_VARIANT_ADD(sync, last_byte) {
	.page = -1, .byte = -1,
};

static long page_of(long page)
{
	return page < 0 ? PAGES + page : page;
}

static long offset_of(long page, long byte)
{
	return page_of(page) * PAGE + (byte < 0 ? PAGE + byte : byte);
}

FIXTURE_SETUP(sync)
{
	hz_test_begin();
	self->uffd.fd = -1;
	ASSERT_EQ(0, hz_region_map(&self->region, 2, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	self->other = self->range + PMD;
	self->found.range = self->range;
	self->page = page_of(variant->page);
	self->at = self->range + offset_of(variant->page, variant->byte);
	hz_read_fault(self->range);
	hz_read_fault(self->other);
}

FIXTURE_TEARDOWN(sync)
{
	hz_uffd_close(&self->uffd);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* The range is tracked from here on, and maps the huge zero page. */
#define TRACK(answer) do { \
	NEED(HZ_NEED_UFFD_WP); \
	REQUIRE_OK(track(&self->uffd, self->range, 0, answer, &self->found)); \
	REQUIRE_STATE(self->range, HZ_HUGE_ZERO); \
} while (0)

TEST_F(sync, protects_every_page)
{
	TRACK(hz_uffd_answer_range);
	EXPECT_NUMBER("protected pages", protected_pages(self->range), PAGES);
}

TEST_F(sync, store_raises_one_event)
{
	TRACK(hz_uffd_answer_range);
	hz_store(self->at, BYTE);
	EXPECT_EVENTS(&self->uffd, 1);
}

TEST_F(sync, event_names_the_page)
{
	TRACK(hz_uffd_answer_range);
	hz_store(self->at, BYTE);
	EXPECT_NUMBER("page of the event",
		      (self->uffd.page - self->range) / PAGE, self->page);
}

TEST_F(sync, event_finds_huge_zero_and_nothing_allocated)
{
	TRACK(look_and_answer);
	hz_store(self->at, BYTE);
	EXPECT_NUMBER("range was the huge zero page at the event",
		      self->found.state == HZ_HUGE_ZERO, true);
	EXPECT_NUMBER("Anonymous at the event", self->found.anonymous, 0);
}

TEST_F(sync, answer_for_the_range_installs_one_thp)
{
	NEED(HZ_NEED_WP_THP);
	TRACK(hz_uffd_answer_range);
	hz_store(self->at, BYTE);
	EXPECT_STATE(self->range, HZ_ANON_THP);
}

TEST_F(sync, answer_for_the_range_leaves_no_event)
{
	TRACK(hz_uffd_answer_range);
	hz_store(self->at, BYTE);
	store_in_every_page(self->range);
	EXPECT_EVENTS(&self->uffd, 1);
}

TEST_F(sync, answer_for_the_range_leaves_nothing_protected)
{
	TRACK(hz_uffd_answer_range);
	hz_store(self->at, BYTE);
	EXPECT_NUMBER("protected pages", protected_pages(self->range), 0);
}

TEST_F(sync, answer_for_the_range_writes_one_byte)
{
	TRACK(hz_uffd_answer_range);
	hz_store(self->at, BYTE);
	EXPECT_ONLY_BYTES(self->range, PMD, self->at - self->range, 1, BYTE);
}

TEST_F(sync, answer_for_the_page_splits)
{
	TRACK(hz_uffd_answer_page);
	hz_store(self->at, BYTE);
	EXPECT_PAGES(self->range, 1, self->page);
}

TEST_F(sync, answer_for_the_page_protects_all_others)
{
	TRACK(hz_uffd_answer_page);
	hz_store(self->at, BYTE);
	EXPECT_NUMBER("protected pages", protected_pages(self->range),
		      PAGES - 1);
}

TEST_F(sync, answer_for_the_page_leaves_an_event_to_each_other)
{
	TRACK(hz_uffd_answer_page);
	hz_store(self->at, BYTE);
	store_in_every_page(self->range);
	EXPECT_EVENTS(&self->uffd, PAGES);
}

TEST_F(sync, answer_for_the_page_writes_one_byte)
{
	TRACK(hz_uffd_answer_page);
	hz_store(self->at, BYTE);
	EXPECT_ONLY_BYTES(self->range, PMD, self->at - self->range, 1, BYTE);
}

TEST_F(sync, load_raises_no_event)
{
	TRACK(hz_uffd_answer_range);
	hz_read_all(self->range, PMD);
	EXPECT_EVENTS(&self->uffd, 0);
	EXPECT_STATE(self->range, HZ_HUGE_ZERO);
}

TEST_F(sync, bystander_raises_no_event)
{
	TRACK(hz_uffd_answer_range);
	hz_store(self->other + (self->at - self->range), BYTE);
	EXPECT_EVENTS(&self->uffd, 0);
}

TEST_F(sync, bystander_stays_huge_zero)
{
	TRACK(hz_uffd_answer_range);
	hz_store(self->at, BYTE);
	EXPECT_STATE(self->other, HZ_HUGE_ZERO);
	EXPECT_ALL_ZERO(self->other);
}

/* Protected for one page only: the PMD is split, and one page is tracked. */
TEST_F(sync, protecting_one_page_splits)
{
	NEED(HZ_NEED_UFFD_WP);
	REQUIRE_OK(hz_uffd_open(&self->uffd, HZ_UFFD_WP));
	REQUIRE_OK(hz_uffd_register(&self->uffd, self->range, PMD,
				    HZ_UFFD_MODE_WP));
	REQUIRE_OK(hz_uffd_protect(&self->uffd, self->range +
				   self->page * PAGE, PAGE, true));
	EXPECT_PAGES(self->range, 0, -1);
	EXPECT_NUMBER("protected pages", protected_pages(self->range), 1);
}

TEST_F(sync, protecting_one_page_tracks_that_page)
{
	NEED(HZ_NEED_UFFD_WP);
	REQUIRE_OK(hz_uffd_open(&self->uffd, HZ_UFFD_WP));
	REQUIRE_OK(hz_uffd_register(&self->uffd, self->range, PMD,
				    HZ_UFFD_MODE_WP));
	REQUIRE_OK(hz_uffd_protect(&self->uffd, self->range +
				   self->page * PAGE, PAGE, true));
	REQUIRE_OK(hz_uffd_serve(&self->uffd, hz_uffd_answer_page, NULL));
	store_in_every_page(self->range);
	EXPECT_EVENTS(&self->uffd, 1);
	EXPECT_NUMBER("page of the event",
		      (self->uffd.page - self->range) / PAGE, self->page);
}

/* The THP of a wp-fault is tracked like any other. */
TEST_F(sync, store_to_the_thp_raises_one_event)
{
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_UFFD_WP);
	hz_store(self->at, 1);
	REQUIRE_OK(track(&self->uffd, self->range, 0, hz_uffd_answer_range,
			 NULL));
	hz_store(self->at, BYTE);
	EXPECT_EVENTS(&self->uffd, 1);
	EXPECT_STATE(self->range, HZ_ANON_THP);
	EXPECT_ONLY_BYTES(self->range, PMD, self->at - self->range, 1, BYTE);
}

/* Protected and unprotected again by mprotect(2), which has the same bit. */
TEST_F(sync, store_to_the_thp_after_mprotect_raises_one_event)
{
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_UFFD_WP);
	hz_store(self->at, 1);
	REQUIRE_OK(track(&self->uffd, self->range, 0, hz_uffd_answer_range,
			 NULL));
	REQUIRE_OK(mprotect(self->range, PMD, PROT_READ));
	REQUIRE_OK(mprotect(self->range, PMD, PROT_READ | PROT_WRITE));
	hz_store(self->at, BYTE);
	EXPECT_EVENTS(&self->uffd, 1);
}

/*
 * By force, and all the same a write that somebody waits to hear of. Where it
 * cannot wait for the answer, as on 7.3, nothing is written.
 */
TEST_F(sync, forced_write_to_the_thp_is_reported_or_refused)
{
	int err;

	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_UFFD_WP);
	NEED(HZ_NEED_UFFD_KERNEL);
	hz_store(self->at, BYTE);
	REQUIRE_OK(track(&self->uffd, self->range, 0, hz_uffd_answer_range,
			 NULL));
	REQUIRE_OK(mprotect(self->range, PMD, PROT_READ));
	err = hz_write_by_proc_mem(self->range + PAGE);
	if (err == -EACCES)
		HZ_SKIP("needs /proc/self/mem: %s", strerror(-err));
	EXPECT_EVENTS(&self->uffd, err ? 0 : 1);
	if (err)
		EXPECT_ONLY_BYTES(self->range, PMD, self->at - self->range, 1,
				  BYTE);
}

TEST_F(sync, migration_of_the_thp_protects_every_page)
{
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_UFFD_WP);
	NEED(HZ_NEED_TWO_NODES);
	hz_store(self->at, 1);
	REQUIRE_OK(track(&self->uffd, self->range, 0, hz_uffd_answer_range,
			 NULL));
	REQUIRE_OK(hz_move_page(self->range, !hz_node_of(self->range)));
	EXPECT_NUMBER("protected pages", protected_pages(self->range), PAGES);
}

/*
 * Splitting its folio maps zero pages where it held zeros only; they are as
 * protected as what they replace. Before 6.18 they were not.
 */
TEST_F(sync, split_of_the_thp_protects_every_page)
{
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_UFFD_WP);
	NEED(HZ_NEED_SPLIT_FOLIO);
	hz_store(self->at, 1);
	REQUIRE_OK(track(&self->uffd, self->range, 0, hz_uffd_answer_range,
			 NULL));
	REQUIRE_OK(hz_split_folio(self->range));
	EXPECT_NUMBER("protected pages", protected_pages(self->range), PAGES);
}

/* Nobody answers: the writer gets a signal instead. */
TEST_F(sync, store_raises_sigbus_where_that_is_wanted)
{
	NEED(HZ_NEED_UFFD_WP);
	REQUIRE_OK(hz_uffd_open(&self->uffd, HZ_UFFD_WP | HZ_UFFD_SIGBUS));
	REQUIRE_OK(hz_uffd_register(&self->uffd, self->range, PMD,
				    HZ_UFFD_MODE_WP));
	REQUIRE_OK(hz_uffd_protect(&self->uffd, self->range, PMD, true));
	EXPECT_NUMBER("signal of a store", hz_try_store(self->at, BYTE),
		      SIGBUS);
	EXPECT_STATE(self->range, HZ_HUGE_ZERO);
	EXPECT_ALL_ZERO(self->range);
}

/* Writers inside the kernel are reported like the process itself. */
FIXTURE(writer)
{
	struct hz_region region;
	struct hz_uffd uffd;
	struct finding found;
	char *range, *at;
};

FIXTURE_VARIANT(writer)
{
	int (*write)(char *at);
	size_t n;		/* bytes that it writes */
	bool pins;		/* by the kernel's test device */
};

FIXTURE_VARIANT_ADD(writer, read) {
	.write = hz_write_by_read, .n = HZ_WRITE_LEN,
};

FIXTURE_VARIANT_ADD(writer, process_vm_writev) {
	.write = hz_write_by_process_vm_writev, .n = HZ_WRITE_LEN,
};

FIXTURE_VARIANT_ADD(writer, direct_read) {
	.write = hz_write_by_direct_read, .n = HZ_WRITE_LEN,
};

FIXTURE_VARIANT_ADD(writer, populate_write) {
	.write = hz_write_by_populate_write, .n = 0,
};

/* A pin to write is a write. Only the fast one can wait for an answer. */
static int by_pin(char *at)
{
	struct hz_pin pin;
	int err = hz_pin(&pin, at, PAGE, HZ_PIN_TO_WRITE | HZ_PIN_FAST);

	if (!err)
		hz_unpin(&pin);
	return err;
}

FIXTURE_VARIANT_ADD(writer, pin) {
	.write = by_pin, .n = 0, .pins = true,
};

FIXTURE_SETUP(writer)
{
	hz_test_begin();
	self->uffd.fd = -1;
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	self->found.range = self->range;
	self->at = self->range + PMD - 64 * 1024;
	hz_read_fault(self->range);
}

FIXTURE_TEARDOWN(writer)
{
	hz_uffd_close(&self->uffd);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

#define WRITE_OR_SKIP() do { \
	if (variant->pins) \
		NEED(HZ_NEED_GUP_TEST); \
	WRITE_OR_SKIP_BY(variant->write, self->at); \
} while (0)

TEST_F(writer, raises_one_event)
{
	NEED(HZ_NEED_UFFD_KERNEL);
	TRACK(hz_uffd_answer_range);
	WRITE_OR_SKIP();
	EXPECT_EVENTS(&self->uffd, 1);
}

TEST_F(writer, installs_one_thp_after_the_answer)
{
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_UFFD_KERNEL);
	TRACK(hz_uffd_answer_range);
	WRITE_OR_SKIP();
	EXPECT_STATE(self->range, HZ_ANON_THP);
}

TEST_F(writer, writes_its_bytes_after_the_answer)
{
	NEED(HZ_NEED_UFFD_KERNEL);
	TRACK(hz_uffd_answer_page);
	WRITE_OR_SKIP();
	EXPECT_ONLY_BYTES(self->range, PMD, self->at - self->range, variant->n,
			  HZ_WRITE_BYTE);
}

/* What is no write keeps the protection; dropping or undoing it ends it. */
FIXTURE(meanwhile)
{
	struct hz_region region;
	struct hz_uffd uffd;
	struct finding found;
	char *range;
};

FIXTURE_VARIANT(meanwhile)
{
	int (*act)(struct hz_uffd *u, char *range);
	bool ends;		/* the protection */
	bool splits;		/* the PMD */
};

static int do_nothing(struct hz_uffd *u, char *range)
{
	return 0;
}

static int do_protect_again(struct hz_uffd *u, char *range)
{
	return hz_uffd_protect(u, range, PMD, true);
}

static int do_mprotect(char *range, long len, int prot)
{
	if (mprotect(range, len, prot) ||
	    mprotect(range, len, PROT_READ | PROT_WRITE))
		return -errno;
	return 0;
}

static int do_mprotect_read(struct hz_uffd *u, char *range)
{
	return do_mprotect(range, PMD, PROT_READ);
}

static int do_mprotect_none(struct hz_uffd *u, char *range)
{
	return do_mprotect(range, PMD, PROT_NONE);
}

static int do_mprotect_part(struct hz_uffd *u, char *range)
{
	return do_mprotect(range + PAGE, PAGE, PROT_READ);
}

static int do_cold(struct hz_uffd *u, char *range)
{
	return do_advise(range, MADV_COLD);
}

static int do_pageout(struct hz_uffd *u, char *range)
{
	return do_advise(range, MADV_PAGEOUT);
}

static int do_free(struct hz_uffd *u, char *range)
{
	return do_advise(range, MADV_FREE);
}

static int do_no_huge(struct hz_uffd *u, char *range)
{
	int err = do_advise(range, MADV_NOHUGEPAGE);

	return err ? err : do_advise(range, MADV_HUGEPAGE);
}

static int do_populate_read(struct hz_uffd *u, char *range)
{
	return do_advise(range, MADV_POPULATE_READ);
}

static int do_collapse(struct hz_uffd *u, char *range)
{
	return do_advise(range, MADV_COLLAPSE);
}

static int do_unprotect(struct hz_uffd *u, char *range)
{
	return hz_uffd_protect(u, range, PMD, false);
}

static int do_unregister(struct hz_uffd *u, char *range)
{
	return hz_uffd_unregister(u, range, PMD);
}

static int do_close(struct hz_uffd *u, char *range)
{
	hz_uffd_close(u);
	return 0;
}

static int do_drop(struct hz_uffd *u, char *range)
{
	int err = do_advise(range, MADV_DONTNEED);

	hz_read_fault(range);
	return err;
}

FIXTURE_VARIANT_ADD(meanwhile, nothing) {
	.act = do_nothing,
};

FIXTURE_VARIANT_ADD(meanwhile, protected_again) {
	.act = do_protect_again,
};

FIXTURE_VARIANT_ADD(meanwhile, mprotect_read) {
	.act = do_mprotect_read,
};

FIXTURE_VARIANT_ADD(meanwhile, mprotect_none) {
	.act = do_mprotect_none,
};

FIXTURE_VARIANT_ADD(meanwhile, mprotect_part) {
	.act = do_mprotect_part, .splits = true,
};

FIXTURE_VARIANT_ADD(meanwhile, cold) {
	.act = do_cold,
};

FIXTURE_VARIANT_ADD(meanwhile, pageout) {
	.act = do_pageout,
};

FIXTURE_VARIANT_ADD(meanwhile, free) {
	.act = do_free,
};

FIXTURE_VARIANT_ADD(meanwhile, no_huge_pages) {
	.act = do_no_huge,
};

FIXTURE_VARIANT_ADD(meanwhile, populate_read) {
	.act = do_populate_read,
};

FIXTURE_VARIANT_ADD(meanwhile, collapse) {
	.act = do_collapse,
};

FIXTURE_VARIANT_ADD(meanwhile, unprotected) {
	.act = do_unprotect, .ends = true,
};

FIXTURE_VARIANT_ADD(meanwhile, unregistered) {
	.act = do_unregister, .ends = true,
};

FIXTURE_VARIANT_ADD(meanwhile, closed) {
	.act = do_close, .ends = true,
};

FIXTURE_VARIANT_ADD(meanwhile, dropped) {
	.act = do_drop, .ends = true,
};

FIXTURE_SETUP(meanwhile)
{
	hz_test_begin();
	self->uffd.fd = -1;
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	self->found.range = self->range;
	hz_read_fault(self->range);
}

FIXTURE_TEARDOWN(meanwhile)
{
	hz_uffd_close(&self->uffd);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

#define ACT_OR_SKIP() do { \
	const int hz_err = variant->act(&self->uffd, self->range); \
	if (hz_err == -ENOSYS) \
		HZ_SKIP("needs a kernel with this madvise()"); \
	REQUIRE_OK(hz_err); \
} while (0)

TEST_F(meanwhile, keeps_or_ends_the_protection)
{
	TRACK(hz_uffd_answer_page);
	ACT_OR_SKIP();
	EXPECT_NUMBER("protected pages", protected_pages(self->range),
		      variant->ends ? 0 : PAGES);
}

TEST_F(meanwhile, keeps_or_ends_the_events)
{
	TRACK(hz_uffd_answer_page);
	ACT_OR_SKIP();
	hz_store(self->range, BYTE);
	hz_store(self->range + PAGE, BYTE);
	hz_store(self->range + PMD - 1, BYTE);
	EXPECT_EVENTS(&self->uffd, variant->ends ? 0 : 3);
}

TEST_F(meanwhile, leaves_the_pmd_for_one_thp)
{
	NEED(HZ_NEED_WP_THP);
	TRACK(hz_uffd_answer_range);
	ACT_OR_SKIP();
	hz_store(self->range + PAGE, BYTE);
	if (variant->splits)
		EXPECT_PAGES(self->range, 1, 1);
	else
		EXPECT_STATE(self->range, HZ_ANON_THP);
}

TEST_F(meanwhile, leaves_every_byte)
{
	TRACK(hz_uffd_answer_range);
	ACT_OR_SKIP();
	hz_store(self->range + PAGE, BYTE);
	EXPECT_ONLY_BYTES(self->range, PMD, PAGE, 1, BYTE);
}

/* A range that nobody has touched when it is protected. */
FIXTURE(untouched)
{
	struct hz_region region;
	struct hz_uffd uffd;
	char *range;
};

FIXTURE_SETUP(untouched)
{
	hz_test_begin();
	self->uffd.fd = -1;
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
}

FIXTURE_TEARDOWN(untouched)
{
	hz_uffd_close(&self->uffd);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(untouched, is_not_protected_after_a_read)
{
	NEED(HZ_NEED_UFFD_WP);
	REQUIRE_OK(track(&self->uffd, self->range, 0, hz_uffd_answer_range,
			 NULL));
	hz_read_fault(self->range);
	EXPECT_STATE(self->range, HZ_HUGE_ZERO);
	hz_store(self->range + PAGE, BYTE);
	EXPECT_EVENTS(&self->uffd, 0);
}

TEST_F(untouched, is_protected_after_a_read_where_that_is_wanted)
{
	NEED(HZ_NEED_UFFD_WP_UNPOPULATED);
	REQUIRE_OK(track(&self->uffd, self->range, HZ_UFFD_WP_UNPOPULATED,
			 hz_uffd_answer_range, NULL));
	hz_read_all(self->range, PMD);
	EXPECT_NUMBER("protected pages", protected_pages(self->range), PAGES);
	hz_store(self->range + PAGE, BYTE);
	EXPECT_EVENTS(&self->uffd, 1);
}

/* Nobody is asked: the kernel notes which pages were written. */
FIXTURE(async)
{
	struct hz_region region;
	struct hz_uffd uffd;
	char *range, *at;
	long page;
};

FIXTURE_VARIANT(async)
{
	long page, byte;	/* below 0: from the end */
};

FIXTURE_VARIANT_ADD(async, first_byte) {
	.page = 0, .byte = 0,
};

FIXTURE_VARIANT_ADD(async, page_3) {
	.page = 3, .byte = 7,
};

FIXTURE_VARIANT_ADD(async, last_byte) {
	.page = -1, .byte = -1,
};

FIXTURE_SETUP(async)
{
	hz_test_begin();
	self->uffd.fd = -1;
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	self->page = page_of(variant->page);
	self->at = self->range + offset_of(variant->page, variant->byte);
	hz_read_fault(self->range);
}

FIXTURE_TEARDOWN(async)
{
	hz_uffd_close(&self->uffd);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

#define TRACK_ASYNC() do { \
	NEED(HZ_NEED_UFFD_WP_ASYNC); \
	NEED(HZ_NEED_PAGEMAP_SCAN); \
	REQUIRE_OK(track(&self->uffd, self->range, HZ_UFFD_WP_ASYNC, \
			 hz_uffd_answer_range, NULL)); \
} while (0)

#define EXPECT_WRITTEN(addr, len, how, max, want_pages, want_first) do { \
	struct hz_written hz_w; \
	REQUIRE_OK(hz_scan_written(addr, len, how, max, &hz_w)); \
	EXPECT_NUMBER("written pages", hz_w.pages, want_pages); \
	EXPECT_NUMBER("first written page", hz_w.first, want_first); \
} while (0)

TEST_F(async, store_splits_on_purpose)
{
	TRACK_ASYNC();
	REQUIRE_STATE(self->range, HZ_HUGE_ZERO);
	hz_store(self->at, BYTE);
	EXPECT_PAGES(self->range, 1, self->page);
}

TEST_F(async, store_counts_as_one_page)
{
	TRACK_ASYNC();
	hz_store(self->at, BYTE);
	EXPECT_WRITTEN(self->range, PMD, HZ_SCAN_ONLY, 0, 1, self->page);
}

TEST_F(async, store_raises_no_event)
{
	TRACK_ASYNC();
	hz_store(self->at, BYTE);
	EXPECT_EVENTS(&self->uffd, 0);
}

TEST_F(async, store_writes_one_byte)
{
	TRACK_ASYNC();
	hz_store(self->at, BYTE);
	EXPECT_ONLY_BYTES(self->range, PMD, self->at - self->range, 1, BYTE);
}

TEST_F(async, load_counts_as_none)
{
	TRACK_ASYNC();
	hz_read_all(self->range, PMD);
	EXPECT_WRITTEN(self->range, PMD, HZ_SCAN_ONLY, 0, 0, -1);
	EXPECT_STATE(self->range, HZ_HUGE_ZERO);
}

TEST_F(async, scan_protects_what_it_counts)
{
	TRACK_ASYNC();
	hz_store(self->at, BYTE);
	EXPECT_WRITTEN(self->range, PMD, HZ_SCAN_AND_PROTECT, 0, 1, self->page);
	EXPECT_WRITTEN(self->range, PMD, HZ_SCAN_ONLY, 0, 0, -1);
	hz_store(self->at, 1);
	EXPECT_WRITTEN(self->range, PMD, HZ_SCAN_ONLY, 0, 1, self->page);
}

/* What is no zero page has to count as written still. */
TEST_F(async, listed_protection_of_zero_pages_leaves_the_written)
{
	TRACK_ASYNC();
	hz_store(self->at, BYTE);
	REQUIRE_OK(hz_scan_protect(self->range, HZ_SCAN_PFNZERO, true));
	EXPECT_NUMBER("written pages", written_pages(self->range), 1);
}

TEST_F(async, unlisted_protection_of_zero_pages_leaves_the_written)
{
	TRACK_ASYNC();
	hz_store(self->at, BYTE);
	REQUIRE_OK(hz_scan_protect(self->range, HZ_SCAN_PFNZERO, false));
	EXPECT_NUMBER_OR_KNOWN("written pages", written_pages(self->range), 1,
			       0, UNLISTED_PROTECTS_ALL);
}

/* A THP that counts as written, with all its pages. */
#define TRACK_WRITTEN_THP() do { \
	NEED(HZ_NEED_UFFD_WP_ASYNC); \
	REQUIRE_OK(do_advise(self->range, MADV_DONTNEED)); \
	hz_store(self->at, BYTE); \
	REQUIRE_STATE(self->range, HZ_ANON_THP); \
	TRACK_ASYNC(); \
	REQUIRE_OK(hz_uffd_protect(&self->uffd, self->range, PMD, false)); \
} while (0)

TEST_F(async, listed_protection_of_zero_pages_leaves_the_thp_written)
{
	TRACK_WRITTEN_THP();
	REQUIRE_OK(hz_scan_protect(self->range, HZ_SCAN_PFNZERO, true));
	EXPECT_NUMBER("written pages", written_pages(self->range), PAGES);
}

TEST_F(async, unlisted_protection_of_zero_pages_leaves_the_thp_written)
{
	TRACK_WRITTEN_THP();
	REQUIRE_OK(hz_scan_protect(self->range, HZ_SCAN_PFNZERO, false));
	EXPECT_NUMBER("written pages", written_pages(self->range), PAGES);
}

static bool any_written(char *range)
{
	struct hz_written w;

	return hz_scan_written(range, PMD, HZ_SCAN_ONLY, 0, &w) || w.pages;
}

TEST_F(async, each_store_counts_once)
{
	int tries = 5;

	TRACK_ASYNC();
	hz_store(self->at, BYTE);
	store_in_every_page(self->range);
	EXPECT_WRITTEN(self->range, PMD, HZ_SCAN_AND_PROTECT, 0, PAGES, 0);
	if (!any_written(self->range))
		return;
	/* The kernel moves pages for moments, and rarely the same ones. */
	while (tries--) {
		store_in_every_page(self->range);
		EXPECT_WRITTEN(self->range, PMD, HZ_SCAN_AND_PROTECT, 0, PAGES,
			       0);
		if (!any_written(self->range))
			HZ_KNOWN_ISSUE("PAGEMAP_SCAN does not protect a page that is being moved");
	}
	EXPECT_WRITTEN(self->range, PMD, HZ_SCAN_ONLY, 0, 0, -1);
}

TEST_F(async, write_of_the_kernel_counts)
{
	char *page = self->range + self->page * PAGE;

	TRACK_ASYNC();
	WRITE_OR_SKIP_BY(hz_write_by_process_vm_writev, page);
	EXPECT_WRITTEN(self->range, PMD, HZ_SCAN_ONLY, 0, 1, self->page);
}

/* A range that is registered, and that a scan is to protect. */
TEST_F(async, scan_protects_the_pmd_as_one)
{
	NEED(HZ_NEED_UFFD_WP_ASYNC);
	NEED(HZ_NEED_PAGEMAP_SCAN);
	REQUIRE_OK(hz_uffd_open(&self->uffd, HZ_UFFD_WP | HZ_UFFD_WP_ASYNC));
	REQUIRE_OK(hz_uffd_register(&self->uffd, self->range, PMD,
				    HZ_UFFD_MODE_WP));
	EXPECT_WRITTEN(self->range, PMD, HZ_SCAN_AND_PROTECT, 0, PAGES, 0);
	EXPECT_STATE(self->range, HZ_HUGE_ZERO);
	EXPECT_NUMBER("protected pages", protected_pages(self->range), PAGES);
}

TEST_F(async, scan_of_one_page_protects_one_page)
{
	char *page = self->range + self->page * PAGE;

	NEED(HZ_NEED_UFFD_WP_ASYNC);
	NEED(HZ_NEED_PAGEMAP_SCAN);
	REQUIRE_OK(hz_uffd_open(&self->uffd, HZ_UFFD_WP | HZ_UFFD_WP_ASYNC));
	REQUIRE_OK(hz_uffd_register(&self->uffd, self->range, PMD,
				    HZ_UFFD_MODE_WP));
	EXPECT_WRITTEN(page, PAGE, HZ_SCAN_AND_PROTECT, 0, 1, 0);
	EXPECT_PAGES(self->range, 0, -1);
	EXPECT_NUMBER("protected pages", protected_pages(self->range), 1);
}

TEST_F(async, scan_of_at_most_one_page_protects_one_page)
{
	NEED(HZ_NEED_UFFD_WP_ASYNC);
	NEED(HZ_NEED_PAGEMAP_SCAN);
	REQUIRE_OK(hz_uffd_open(&self->uffd, HZ_UFFD_WP | HZ_UFFD_WP_ASYNC));
	REQUIRE_OK(hz_uffd_register(&self->uffd, self->range, PMD,
				    HZ_UFFD_MODE_WP));
	EXPECT_WRITTEN(self->range, PMD, HZ_SCAN_AND_PROTECT, 1, 1, 0);
	EXPECT_PAGES(self->range, 0, -1);
	EXPECT_NUMBER("protected pages", protected_pages(self->range), 1);
}

/* A range that is split is a page table of zero pages, tracked one by one. */
TEST_F(async, scan_of_the_split_range_counts_one_page)
{
	TRACK_ASYNC();
	REQUIRE_OK(do_mprotect(self->range + PAGE, PAGE, PROT_READ));
	hz_store(self->at, BYTE);
	EXPECT_WRITTEN(self->range, PMD, HZ_SCAN_ONLY, 0, 1, self->page);
}

TEST_F(async, store_to_the_thp_counts_as_one_page)
{
	NEED(HZ_NEED_WP_THP);
	hz_store(self->range, 1);
	TRACK_ASYNC();
	hz_store(self->at, BYTE);
	EXPECT_WRITTEN(self->range, PMD, HZ_SCAN_ONLY, 0, 1, self->page);
}

TEST_F(async, scan_refuses_what_is_synchronous)
{
	struct hz_written w;

	NEED(HZ_NEED_UFFD_WP);
	NEED(HZ_NEED_PAGEMAP_SCAN);
	REQUIRE_OK(track(&self->uffd, self->range, 0, hz_uffd_answer_range,
			 NULL));
	EXPECT_NUMBER("PAGEMAP_SCAN with PM_SCAN_CHECK_WPASYNC",
		      hz_scan_written(self->range, PMD, HZ_SCAN_AND_PROTECT |
				      HZ_SCAN_IF_ASYNC, 0, &w), -EPERM);
}

/*
 * More pieces than the kernel collects before it hands them on: as many as a PMD
 * has pages. Every second page of a split huge zero PMD is one.
 */
TEST(scan_of_many_pieces_ends_at_its_end)
{
	static struct hz_page_region piece[1024];
	const long n = 1500;
	struct hz_pm_scan_arg arg = {
		.size = sizeof(arg), .vec = (uintptr_t)piece,
		.vec_len = ARRAY_SIZE(piece), .return_mask = HZ_PAGE_IS_PFNZERO,
		.category_mask = HZ_PAGE_IS_PFNZERO,
	};
	struct hz_region r;
	long i;
	int fd;

	hz_test_begin();
	NEED(HZ_NEED_PAGEMAP_SCAN);
	REQUIRE_OK(hz_region_map(&r, n / PAGES + 1, HZ_ADVISE_HUGE));
	for (i = 0; i < n; i += PAGES) {
		hz_read_fault(r.addr + i * PAGE);
		REQUIRE_OK(do_mprotect(r.addr + i * PAGE, PAGE, PROT_READ));
	}
	for (i = 1; i < n; i += 2)
		hz_store(r.addr + i * PAGE, BYTE);
	arg.start = (uintptr_t)r.addr;
	arg.end = arg.start + n * PAGE;
	fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	EXPECT_NUMBER("pieces", ioctl(fd, HZ_PAGEMAP_SCAN, &arg), n / 2);
	close(fd);
	i = (arg.walk_end - arg.start) / PAGE;
	hz_region_unmap(&r);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
	EXPECT_NUMBER_OR_KNOWN("page where the scan ended", i, n,
			       n - n % (2 * PAGES),
			       "PAGEMAP_SCAN ends before its end");
}

/*
 * Read-write protection (7.3) makes the huge zero PMD inaccessible and marks it
 * with the bit that write protection uses: loads are reported, too.
 */
FIXTURE(rwp)
{
	struct hz_region region;
	struct hz_uffd uffd;
	char *range, *other;
};

FIXTURE_SETUP(rwp)
{
	hz_test_begin();
	self->uffd.fd = -1;
	ASSERT_EQ(0, hz_region_map(&self->region, 2, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	self->other = self->range + PMD;
	hz_read_fault(self->range);
	hz_read_fault(self->other);
}

FIXTURE_TEARDOWN(rwp)
{
	hz_uffd_close(&self->uffd);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

static int track_access(struct hz_uffd *u, char *range, uint64_t features,
			hz_uffd_answer answer)
{
	int err = hz_uffd_open(u, HZ_UFFD_RWP | features);

	if (!err)
		err = hz_uffd_register(u, range, PMD, HZ_UFFD_MODE_RWP);
	if (!err)
		err = hz_uffd_protect(u, range, PMD, true);
	if (!err)
		err = hz_uffd_serve(u, answer, NULL);
	return err;
}

#define TRACK_ACCESS(answer) do { \
	NEED(HZ_NEED_UFFD_RWP); \
	REQUIRE_OK(track_access(&self->uffd, self->range, 0, answer)); \
	REQUIRE_STATE(self->range, HZ_HUGE_ZERO); \
} while (0)

#define EXPECT_ACCESSES(u, want) do { \
	hz_uffd_settle(u); \
	EXPECT_NUMBER("read-write-protect events", (u)->rwp, want); \
	EXPECT_NUMBER("other events", (u)->missing + (u)->wp + (u)->other, 0); \
	EXPECT_NUMBER("the answer to an event", (u)->err, 0); \
} while (0)

TEST_F(rwp, load_raises_one_event)
{
	TRACK_ACCESS(hz_uffd_answer_range);
	EXPECT_NUMBER("byte", hz_read_fault(self->range + PAGE), 0);
	hz_read_all(self->range, PMD);
	EXPECT_ACCESSES(&self->uffd, 1);
	EXPECT_STATE(self->range, HZ_HUGE_ZERO);
}

TEST_F(rwp, store_raises_one_event)
{
	TRACK_ACCESS(hz_uffd_answer_range);
	hz_store(self->range + PAGE, BYTE);
	EXPECT_ACCESSES(&self->uffd, 1);
}

TEST_F(rwp, store_installs_one_thp_after_the_answer)
{
	NEED(HZ_NEED_WP_THP);
	TRACK_ACCESS(hz_uffd_answer_range);
	hz_store(self->range + PAGE, BYTE);
	EXPECT_STATE(self->range, HZ_ANON_THP);
	EXPECT_ONLY_BYTES(self->range, PMD, PAGE, 1, BYTE);
}

TEST_F(rwp, answer_for_the_page_leaves_an_event_to_each_other)
{
	TRACK_ACCESS(hz_uffd_answer_page);
	hz_store(self->range + PAGE, BYTE);
	EXPECT_PAGES(self->range, 1, 1);
	hz_read_all(self->range, PMD);
	EXPECT_ACCESSES(&self->uffd, PAGES);
}

TEST_F(rwp, mprotect_keeps_the_events)
{
	TRACK_ACCESS(hz_uffd_answer_range);
	REQUIRE_OK(do_mprotect(self->range, PMD, PROT_READ));
	hz_read_fault(self->range);
	EXPECT_ACCESSES(&self->uffd, 1);
}

TEST_F(rwp, split_keeps_the_events)
{
	TRACK_ACCESS(hz_uffd_answer_page);
	REQUIRE_OK(do_mprotect(self->range + PAGE, PAGE, PROT_READ));
	hz_read_all(self->range, PMD);
	EXPECT_ACCESSES(&self->uffd, PAGES);
}

TEST_F(rwp, bystander_raises_no_event)
{
	TRACK_ACCESS(hz_uffd_answer_range);
	hz_read_fault(self->other);
	hz_store(self->other, BYTE);
	EXPECT_ACCESSES(&self->uffd, 0);
}

TEST_F(rwp, undone_protection_raises_no_event)
{
	TRACK_ACCESS(hz_uffd_answer_range);
	REQUIRE_OK(hz_uffd_protect(&self->uffd, self->range, PMD, false));
	hz_read_fault(self->range);
	hz_store(self->range, BYTE);
	EXPECT_ACCESSES(&self->uffd, 0);
}

/* A reader that takes references to pages is reported, too. */
TEST_F(rwp, process_vm_readv_raises_one_event)
{
	struct iovec from = { self->range + PAGE, 1 }, to = { self->other, 1 };

	NEED(HZ_NEED_UFFD_KERNEL);
	NEED_CROSS_MEMORY();
	TRACK_ACCESS(hz_uffd_answer_range);
	EXPECT_NUMBER("process_vm_readv",
		      process_vm_readv(getpid(), &to, 1, &from, 1, 0), 1);
	EXPECT_ACCESSES(&self->uffd, 1);
}

#define ACCESSED(range) hz_scan_pages(range, HZ_SCAN_ACCESSED)

/* The kernel undoes the protection at a fault, and PAGEMAP_SCAN tells. */
#define TRACK_ACCESS_ASYNC() do { \
	NEED(HZ_NEED_UFFD_RWP_ASYNC); \
	NEED(HZ_NEED_PAGEMAP_SCAN); \
	REQUIRE_OK(track_access(&self->uffd, self->range, HZ_UFFD_RWP_ASYNC, \
				hz_uffd_answer_range)); \
	EXPECT_NUMBER("accessed pages", ACCESSED(self->range), 0); \
} while (0)

TEST_F(rwp, async_load_makes_the_pmd_accessible)
{
	TRACK_ACCESS_ASYNC();
	EXPECT_NUMBER("byte", hz_read_fault(self->range + PAGE), 0);
	EXPECT_STATE(self->range, HZ_HUGE_ZERO);
	EXPECT_NUMBER("accessed pages", ACCESSED(self->range), PAGES);
	EXPECT_ACCESSES(&self->uffd, 0);
}

TEST_F(rwp, async_store_installs_one_thp)
{
	NEED(HZ_NEED_WP_THP);
	TRACK_ACCESS_ASYNC();
	hz_store(self->range + PAGE, BYTE);
	EXPECT_STATE(self->range, HZ_ANON_THP);
	EXPECT_ONLY_BYTES(self->range, PMD, PAGE, 1, BYTE);
	EXPECT_NUMBER("accessed pages", ACCESSED(self->range), PAGES);
	EXPECT_ACCESSES(&self->uffd, 0);
}

TEST_F(rwp, async_loads_of_the_split_range_count_by_page)
{
	TRACK_ACCESS_ASYNC();
	REQUIRE_OK(do_mprotect(self->range + PAGE, PAGE, PROT_READ));
	hz_read_fault(self->range + 2 * PAGE);
	EXPECT_NUMBER("accessed pages", ACCESSED(self->range), 1);
	EXPECT_ACCESSES(&self->uffd, 0);
}

/* Faults of the loads that go through the PMD range, first page first. */
static long faults_of_loads(char *range)
{
	struct hz_watch watch;

	hz_watch_begin(&watch);
	hz_read_all(range, PMD);
	hz_watch_end(&watch);
	return watch.after.faults - watch.before.faults;
}

TEST_F(rwp, unregistered_range_is_accessible)
{
	TRACK_ACCESS(hz_uffd_answer_range);
	REQUIRE_OK(hz_uffd_unregister(&self->uffd, self->range, PMD));
	EXPECT_NUMBER("faults", faults_of_loads(self->range), 0);
	EXPECT_STATE(self->range, HZ_HUGE_ZERO);
	EXPECT_ACCESSES(&self->uffd, 0);
}

TEST_F(rwp, mremap_leaves_the_range_accessible)
{
	TRACK_ACCESS(hz_uffd_answer_range);
	REQUIRE_OK(move_to(self->other, self->range));
	EXPECT_NUMBER("faults", faults_of_loads(self->other), 0);
	EXPECT_STATE(self->other, HZ_HUGE_ZERO);
	EXPECT_ACCESSES(&self->uffd, 0);
}

/* The protection belongs to the range, and stays with it. */
#define MOVE_TO_OTHER() do { \
	NEED(HZ_NEED_UFFD_MOVE); \
	REQUIRE_OK(do_advise(self->other, MADV_DONTNEED)); \
	REQUIRE_OK(hz_uffd_register(&self->uffd, self->other, PMD, \
				    HZ_UFFD_MODE_MISSING)); \
	REQUIRE_OK(hz_uffd_move(&self->uffd, self->other, self->range, PMD)); \
} while (0)

TEST_F(rwp, uffdio_move_leaves_the_range_accessible)
{
	TRACK_ACCESS(hz_uffd_answer_range);
	MOVE_TO_OTHER();
	EXPECT_NUMBER_OR_KNOWN("faults", faults_of_loads(self->other), 0,
			       1, MOVE_KEEPS_NO_ACCESS);
	EXPECT_STATE(self->other, HZ_HUGE_ZERO);
	EXPECT_ACCESSES(&self->uffd, 0);
}

TEST_F(rwp, uffdio_move_leaves_the_split_range_accessible)
{
	TRACK_ACCESS(hz_uffd_answer_range);
	REQUIRE_OK(do_mprotect(self->range, PAGE, PROT_READ));
	REQUIRE_OK(do_mprotect(self->range, PAGE, PROT_READ | PROT_WRITE));
	MOVE_TO_OTHER();
	EXPECT_NUMBER("faults", faults_of_loads(self->other), 0);
	EXPECT_ACCESSES(&self->uffd, 0);
}

/* Faults of absent pages; the huge zero page is present. */
FIXTURE(missing)
{
	struct hz_region region, other;
	struct hz_uffd uffd;
	char *range, *to;
};

FIXTURE_SETUP(missing)
{
	hz_test_begin();
	self->uffd.fd = -1;
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	ASSERT_EQ(0, hz_region_map(&self->other, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	self->to = self->other.addr;
}

FIXTURE_TEARDOWN(missing)
{
	hz_uffd_close(&self->uffd);
	hz_region_unmap(&self->other);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

static int await_missing(struct hz_uffd *u, char *range)
{
	int err = hz_uffd_open(u, 0);

	if (!err)
		err = hz_uffd_register(u, range, PMD, HZ_UFFD_MODE_MISSING);
	if (!err)
		err = hz_uffd_serve(u, hz_uffd_answer_zero, NULL);
	return err;
}

TEST_F(missing, registered_after_the_read_raises_no_event)
{
	NEED(HZ_NEED_UFFD);
	hz_read_fault(self->range);
	REQUIRE_OK(await_missing(&self->uffd, self->range));
	hz_store(self->range + PAGE, BYTE);
	EXPECT_NUMBER("events of absent pages", self->uffd.missing, 0);
}

TEST_F(missing, registered_after_the_read_installs_one_thp)
{
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_UFFD);
	hz_read_fault(self->range);
	REQUIRE_OK(await_missing(&self->uffd, self->range));
	REQUIRE_STATE(self->range, HZ_HUGE_ZERO);
	hz_store(self->range + PAGE, BYTE);
	EXPECT_STATE(self->range, HZ_ANON_THP);
}

TEST_F(missing, registered_before_the_read_raises_an_event_a_page)
{
	NEED(HZ_NEED_UFFD);
	REQUIRE_OK(await_missing(&self->uffd, self->range));
	hz_read_all(self->range, PMD);
	EXPECT_NUMBER("events of absent pages", self->uffd.missing, PAGES);
	EXPECT_PAGES(self->range, 0, -1);
}

/* What nobody has read is not the huge zero page's to be written to. */
TEST_F(missing, store_to_the_untouched_raises_an_event)
{
	NEED(HZ_NEED_UFFD);
	REQUIRE_OK(await_missing(&self->uffd, self->range));
	hz_store(self->range + PAGE, BYTE);
	EXPECT_NUMBER("events of absent pages", self->uffd.missing, 1);
	EXPECT_ONLY_BYTES(self->range + PAGE, PAGE, 0, 1, BYTE);
}

/* Growth of nr_page_table_pages by an event in each of so many ranges. */
static int tables_left_by_events(long ranges, long *more)
{
	const long before = hz_vmstat("nr_page_table_pages");
	struct hz_region r;
	struct hz_uffd u;
	long i;
	int err;

	u.fd = -1;
	err = hz_region_map(&r, ranges, HZ_ADVISE_HUGE);
	if (err)
		return err;
	err = hz_uffd_open(&u, 0);
	if (!err)
		err = hz_uffd_register(&u, r.addr, ranges * PMD,
				       HZ_UFFD_MODE_MISSING);
	if (!err)
		err = hz_uffd_serve(&u, hz_uffd_answer_zero, NULL);
	for (i = 0; i < ranges && !err; i++)
		hz_read_fault(r.addr + i * PMD);
	hz_uffd_close(&u);
	hz_region_unmap(&r);
	usleep(HZ_RCU_US);
	*more = hz_vmstat("nr_page_table_pages") - before;
	return err;
}

/*
 * The table that was there for the zero page is not needed for an event. Others
 * come and go, and tables are freed a bit later: what is lost is lost always.
 */
TEST(events_of_absent_pages_leave_no_page_table)
{
	const long ranges = 256;
	long more = ranges;
	int tries = 20, err = 0;

	hz_test_begin();
	NEED(HZ_NEED_UFFD);
	while (!err && more > ranges / 2 && tries--)
		err = tables_left_by_events(ranges, &more);
	NEED_MAPPED(err);
	EXPECT_NUMBER("page tables lost each time",
		      more > ranges / 2 ? more : 0, 0);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(missing, copy_into_huge_zero_is_refused)
{
	NEED(HZ_NEED_UFFD);
	hz_read_fault(self->range);
	REQUIRE_OK(await_missing(&self->uffd, self->range));
	hz_store(self->to, BYTE);
	EXPECT_NUMBER("UFFDIO_COPY", hz_uffd_copy(&self->uffd, self->range +
						  PAGE, self->to, PAGE),
		      -EEXIST);
	EXPECT_STATE(self->range, HZ_HUGE_ZERO);
	EXPECT_ALL_ZERO(self->range);
}

TEST_F(missing, zeropage_into_huge_zero_is_refused)
{
	NEED(HZ_NEED_UFFD);
	hz_read_fault(self->range);
	REQUIRE_OK(await_missing(&self->uffd, self->range));
	EXPECT_NUMBER("UFFDIO_ZEROPAGE",
		      hz_uffd_zeropage(&self->uffd, self->range + PAGE, PAGE),
		      -EEXIST);
	EXPECT_STATE(self->range, HZ_HUGE_ZERO);
}

TEST_F(missing, move_into_huge_zero_is_refused)
{
	NEED(HZ_NEED_UFFD_MOVE);
	hz_read_fault(self->range);
	REQUIRE_OK(await_missing(&self->uffd, self->range));
	memset(self->to, BYTE, PMD);
	EXPECT_NUMBER("UFFDIO_MOVE",
		      hz_uffd_move(&self->uffd, self->range, self->to, PMD),
		      -EEXIST);
	EXPECT_STATE(self->range, HZ_HUGE_ZERO);
	EXPECT_ALL_ZERO(self->range);
	EXPECT_ONLY_BYTES(self->to, PMD, 0, PMD, BYTE);
}

TEST_F(missing, move_of_huge_zero_moves_the_pmd)
{
	NEED(HZ_NEED_UFFD_MOVE);
	hz_read_fault(self->range);
	REQUIRE_OK(await_missing(&self->uffd, self->to));
	REQUIRE_OK(hz_uffd_move(&self->uffd, self->to, self->range, PMD));
	EXPECT_STATE(self->to, HZ_HUGE_ZERO);
	EXPECT_STATE(self->range, HZ_EMPTY);
}

TEST_F(missing, store_after_the_move_installs_one_thp)
{
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_UFFD_MOVE);
	hz_read_fault(self->range);
	REQUIRE_OK(await_missing(&self->uffd, self->to));
	REQUIRE_OK(hz_uffd_move(&self->uffd, self->to, self->range, PMD));
	hz_store(self->to + PMD - 1, BYTE);
	EXPECT_STATE(self->to, HZ_ANON_THP);
	EXPECT_ONLY_BYTES(self->to, PMD, PMD - 1, 1, BYTE);
	EXPECT_NUMBER("events of absent pages", self->uffd.missing, 0);
}

/* Who migrates it has to find the PMD by the folio. */
TEST_F(missing, moved_thp_is_found_by_its_reverse_map)
{
	int node;

	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_UFFD_MOVE);
	NEED(HZ_NEED_TWO_NODES);
	hz_read_fault(self->range);
	hz_store(self->range + PAGE, BYTE);
	REQUIRE_OK(await_missing(&self->uffd, self->to));
	REQUIRE_OK(hz_uffd_move(&self->uffd, self->to, self->range, PMD));
	REQUIRE_STATE(self->to, HZ_ANON_THP);
	node = hz_node_of(self->to);
	EXPECT_NUMBER("move_pages", hz_move_page(self->to, !node), 0);
	EXPECT_NUMBER("node after it", hz_node_of(self->to), !node);
	EXPECT_ONLY_BYTES(self->to, PMD, PAGE, 1, BYTE);
}

TEST_F(missing, move_of_one_page_of_huge_zero_leaves_zeros)
{
	NEED(HZ_NEED_UFFD_MOVE);
	hz_read_fault(self->range);
	REQUIRE_OK(await_missing(&self->uffd, self->to));
	REQUIRE_OK(hz_uffd_move(&self->uffd, self->to + PAGE,
				self->range + 3 * PAGE, PAGE));
	EXPECT_NUMBER("byte moved", hz_read_fault(self->to + PAGE), 0);
	EXPECT_NUMBER("events of absent pages", self->uffd.missing, 0);
	EXPECT_ALL_ZERO(self->range);
}

/*
 * Nobody writes to what was freed. Of base pages some may wait to be counted
 * until the processor has collected enough of them.
 */
TEST_F(missing, moved_thp_stays_lazily_freed)
{
	struct hz_region base;
	long before, after;
	char *base_to;

	NEED(HZ_NEED_UFFD_MOVE);
	NEED(HZ_NEED_UFFD_MOVE_CLEAN);
	REQUIRE_OK(hz_region_map(&base, 2, HZ_ADVISE_BASE));
	base_to = base.addr + PMD;
	memset(base.addr, BYTE, PMD);
	memset(self->range, BYTE, PMD);
	REQUIRE_STATE(self->range, HZ_ANON_THP);
	REQUIRE_OK(do_advise(base.addr, MADV_FREE));
	REQUIRE_OK(do_advise(self->range, MADV_FREE));
	REQUIRE_OK(await_missing(&self->uffd, self->to));
	REQUIRE_OK(hz_uffd_register(&self->uffd, base_to, PMD,
				    HZ_UFFD_MODE_MISSING));
	before = hz_smaps(base.addr, "LazyFree");
	EXPECT_NUMBER("some base pages are freed", before > 0, 1);
	REQUIRE_OK(hz_uffd_move(&self->uffd, base_to, base.addr, PMD));
	after = hz_smaps(base_to, "LazyFree");
	EXPECT_NUMBER("base pages are taken back", after < before, 0);
	EXPECT_NUMBER("LazyFree before", hz_smaps(self->range, "LazyFree"),
		      PMD);
	REQUIRE_OK(hz_uffd_move(&self->uffd, self->to, self->range, PMD));
	REQUIRE_STATE(self->to, HZ_ANON_THP);
	EXPECT_NUMBER_OR_KNOWN("LazyFree", hz_smaps(self->to, "LazyFree"), PMD,
			       0, MOVE_TAKES_BACK_FREE);
}

/* Who holds the folio for a moment keeps it from being moved, too. */
static int move_page_of_folio(struct hz_uffd *u, char *to, char *from)
{
	int tries = 100, err;

	do
		err = hz_uffd_move(u, to, from, PAGE);
	while ((err == -EBUSY || err == -EAGAIN) && tries--);
	return err;
}

/* Shares the ranges with a child, splits them, and writes a page of each. */
static int share_and_write(char *range, char *base, long at)
{
	struct hz_child child;
	int err = hz_child_start(&child);

	if (!err)
		err = hz_child_stop(&child);
	if (!err)
		err = do_mprotect(range, PAGE, PROT_READ);
	if (!err)
		err = do_mprotect(base, PAGE, PROT_READ);
	hz_store(range + at, 1);
	hz_store(base + at, 1);
	return err;
}

/*
 * The store makes the page ours alone, and no other. Where the move is refused
 * it has to be for the first page: it succeeds when that is ours as well.
 */
TEST_F(missing, page_written_after_a_fork_moves)
{
	const long at = 5 * PAGE, base_at = 6 * PAGE;
	struct hz_region base;
	bool refused;
	int err;

	NEED(HZ_NEED_UFFD_MOVE);
	REQUIRE_OK(hz_region_map(&base, 1, HZ_ADVISE_BASE));
	memset(base.addr, BYTE, PMD);
	memset(self->range, BYTE, PMD);
	REQUIRE_STATE(self->range, HZ_ANON_THP);
	REQUIRE_OK(share_and_write(self->range, base.addr, at));
	REQUIRE_STATE(self->range, HZ_PAGE_TABLE);
	REQUIRE_OK(await_missing(&self->uffd, self->to));
	REQUIRE_OK(move_page_of_folio(&self->uffd, self->to + base_at,
				      base.addr + at));
	EXPECT_NUMBER("byte of the base page", self->to[base_at], 1);
	err = move_page_of_folio(&self->uffd, self->to + at, self->range + at);
	refused = err == -EBUSY;
	if (refused) {
		hz_store(self->range, BYTE);
		err = move_page_of_folio(&self->uffd, self->to + at,
					 self->range + at);
	}
	REQUIRE_OK(err);
	EXPECT_NUMBER("byte moved", self->to[at], 1);
	EXPECT_ONLY_BYTES(self->range + at + PAGE, PMD - at - PAGE, 0,
			  PMD - at - PAGE, BYTE);
	if (refused)
		HZ_KNOWN_ISSUE(MOVE_ASKS_FIRST_PAGE);
}

#define CLEAR_SOFT_DIRTY() do { \
	NEED(HZ_NEED_SOFT_DIRTY); \
	REQUIRE_OK(hz_clear_soft_dirty()); \
} while (0)

TEST_F(missing, moved_huge_zero_is_soft_dirty)
{
	NEED(HZ_NEED_UFFD_MOVE);
	hz_read_fault(self->range);
	REQUIRE_OK(await_missing(&self->uffd, self->to));
	CLEAR_SOFT_DIRTY();
	REQUIRE_OK(hz_uffd_move(&self->uffd, self->to, self->range, PMD));
	/* Where there is read-write protection (7.3) the PMD is right again. */
	if (hz_missing(HZ_NEED_UFFD_RWP))
		EXPECT_NUMBER_OR_KNOWN("soft-dirty pages",
				       soft_dirty_pages(self->to), PAGES, 0,
				       ZERO_PAGES_MOVE_UNMARKED);
	else
		EXPECT_NUMBER("soft-dirty pages", soft_dirty_pages(self->to),
			      PAGES);
}

TEST_F(missing, moved_page_of_huge_zero_is_soft_dirty)
{
	NEED(HZ_NEED_UFFD_MOVE);
	hz_read_fault(self->range);
	REQUIRE_OK(await_missing(&self->uffd, self->to));
	CLEAR_SOFT_DIRTY();
	REQUIRE_OK(hz_uffd_move(&self->uffd, self->to + PAGE,
				self->range + 3 * PAGE, PAGE));
	EXPECT_NUMBER_OR_KNOWN("soft-dirty pages", soft_dirty_pages(self->to),
			       1, 0, ZERO_PAGES_MOVE_UNMARKED);
}

#define TRACK_FOR_MOVE() do { \
	REQUIRE_OK(track(&self->uffd, self->range, 0, hz_uffd_answer_range, \
			 NULL)); \
	REQUIRE_OK(hz_uffd_register(&self->uffd, self->to, PMD, \
				    HZ_UFFD_MODE_MISSING | \
				    HZ_UFFD_MODE_WP)); \
} while (0)

/* As after mremap(): who moves a page knows of it. */
#define EXPECT_UNPROTECTED_BY_MOVE() do { \
	TRACK_FOR_MOVE(); \
	REQUIRE_OK(hz_uffd_move(&self->uffd, self->to, self->range, PMD)); \
	EXPECT_NUMBER("protected pages", protected_pages(self->to), 0); \
	hz_store(self->to + PAGE, BYTE); \
	EXPECT_EVENTS(&self->uffd, 0); \
} while (0)

TEST_F(missing, moved_huge_zero_is_protected_no_more)
{
	NEED(HZ_NEED_UFFD_WP);
	NEED(HZ_NEED_UFFD_MOVE);
	hz_read_fault(self->range);
	EXPECT_UNPROTECTED_BY_MOVE();
}

TEST_F(missing, moved_thp_is_protected_no_more)
{
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_UFFD_WP);
	NEED(HZ_NEED_UFFD_MOVE);
	hz_read_fault(self->range);
	memset(self->range, BYTE, PMD);
	EXPECT_UNPROTECTED_BY_MOVE();
}

TEST_F(missing, moved_swap_is_protected_no_more)
{
	struct hz_view v;

	NEED(HZ_NEED_SWAP);
	NEED(HZ_NEED_UFFD_WP);
	NEED(HZ_NEED_UFFD_MOVE);
	hz_read_fault(self->range);
	memset(self->range, BYTE, PMD);
	TRACK_FOR_MOVE();
	REQUIRE_OK(hz_page_out(self->range, &v));
	EXPECT_NUMBER("pages in swap", v.swapped, PAGES);
	REQUIRE_OK(hz_uffd_move(&self->uffd, self->to, self->range, PMD));
	EXPECT_NUMBER_OR_KNOWN("protected pages", protected_pages(self->to), 0,
			       PAGES, SWAP_MOVES_PROTECTED);
	hz_store(self->to + PAGE, BYTE);
	EXPECT_EVENTS(&self->uffd, 0);
	EXPECT_ONLY_BYTES(self->to, PMD, 0, PMD, BYTE);
}

/* clear_refs and pagemap: what was written since. */
FIXTURE(soft_dirty)
{
	struct hz_region region, other, space;
	char *range;
};

FIXTURE_SETUP(soft_dirty)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	ASSERT_EQ(0, hz_region_map(&self->other, 1, HZ_ADVISE_HUGE));
	ASSERT_EQ(0, hz_region_map(&self->space, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	hz_read_fault(self->range);
	hz_read_fault(self->other.addr);
}

FIXTURE_TEARDOWN(soft_dirty)
{
	hz_region_unmap(&self->space);
	hz_region_unmap(&self->other);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(soft_dirty, clearing_leaves_huge_zero_clean)
{
	CLEAR_SOFT_DIRTY();
	EXPECT_NUMBER("soft-dirty pages", soft_dirty_pages(self->range), 0);
	EXPECT_STATE(self->range, HZ_HUGE_ZERO);
}

TEST_F(soft_dirty, load_leaves_huge_zero_clean)
{
	CLEAR_SOFT_DIRTY();
	hz_read_all(self->range, PMD);
	EXPECT_NUMBER("soft-dirty pages", soft_dirty_pages(self->range), 0);
}

TEST_F(soft_dirty, read_fault_leaves_huge_zero_clean)
{
	CLEAR_SOFT_DIRTY();
	REQUIRE_OK(do_advise(self->range, MADV_DONTNEED));
	hz_read_fault(self->range);
	REQUIRE_STATE(self->range, HZ_HUGE_ZERO);
	EXPECT_NUMBER("soft-dirty pages", soft_dirty_pages(self->range), 0);
}

TEST_F(soft_dirty, store_marks_the_range)
{
	NEED(HZ_NEED_WP_THP);
	CLEAR_SOFT_DIRTY();
	hz_store(self->range + PAGE, BYTE);
	REQUIRE_STATE(self->range, HZ_ANON_THP);
	EXPECT_NUMBER("soft-dirty pages", soft_dirty_pages(self->range), PAGES);
}

TEST_F(soft_dirty, store_marks_the_range_for_pagemap_scan)
{
	long clean;

	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_PAGEMAP_SCAN);
	CLEAR_SOFT_DIRTY();
	clean = hz_scan_pages(self->range, HZ_SCAN_SOFT_DIRTY);
	if (clean == -EINVAL)
		HZ_SKIP("needs PAGE_IS_SOFT_DIRTY of PAGEMAP_SCAN (6.8)");
	EXPECT_NUMBER("soft-dirty pages before", clean, 0);
	hz_store(self->range + PAGE, BYTE);
	EXPECT_NUMBER("soft-dirty pages",
		      hz_scan_pages(self->range, HZ_SCAN_SOFT_DIRTY), PAGES);
}

TEST_F(soft_dirty, store_leaves_the_bystander_clean)
{
	CLEAR_SOFT_DIRTY();
	hz_store(self->range + PAGE, BYTE);
	EXPECT_NUMBER("soft-dirty pages", soft_dirty_pages(self->other.addr), 0);
}

TEST_F(soft_dirty, write_of_the_kernel_marks_the_range)
{
	NEED(HZ_NEED_WP_THP);
	CLEAR_SOFT_DIRTY();
	WRITE_OR_SKIP_BY(hz_write_by_process_vm_writev, self->range + PAGE);
	EXPECT_NUMBER("soft-dirty pages", soft_dirty_pages(self->range), PAGES);
}

TEST_F(soft_dirty, clearing_leaves_the_thp_clean)
{
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_SOFT_DIRTY);
	hz_store(self->range, BYTE);
	CLEAR_SOFT_DIRTY();
	EXPECT_NUMBER("soft-dirty pages", soft_dirty_pages(self->range), 0);
	EXPECT_STATE(self->range, HZ_ANON_THP);
}

TEST_F(soft_dirty, store_to_the_cleared_thp_marks_it)
{
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_SOFT_DIRTY);
	hz_store(self->range, 1);
	CLEAR_SOFT_DIRTY();
	hz_store(self->range + PMD - 1, BYTE);
	EXPECT_NUMBER("soft-dirty pages", soft_dirty_pages(self->range), PAGES);
	EXPECT_STATE(self->range, HZ_ANON_THP);
}

TEST_F(soft_dirty, split_leaves_the_zero_pages_clean)
{
	CLEAR_SOFT_DIRTY();
	REQUIRE_OK(mprotect(self->range, PAGE, PROT_READ));
	EXPECT_PAGES(self->range, 0, -1);
	EXPECT_NUMBER("soft-dirty pages", soft_dirty_pages(self->range), 0);
}

/* process_vm_readv(2) touches what it gets, as if it was to be written. */
TEST_F(soft_dirty, read_by_the_kernel_leaves_huge_zero_clean)
{
	struct iovec from = { self->range, PAGE };
	char bytes[64];
	struct iovec to = { bytes, sizeof(bytes) };

	NEED_CROSS_MEMORY();
	CLEAR_SOFT_DIRTY();
	EXPECT_NUMBER("process_vm_readv",
		      process_vm_readv(getpid(), &to, 1, &from, 1, 0),
		      sizeof(bytes));
	EXPECT_STATE(self->range, HZ_HUGE_ZERO);
	EXPECT_NUMBER("soft-dirty pages", soft_dirty_pages(self->range), 0);
}

TEST_F(soft_dirty, store_after_mprotect_and_back_marks_it)
{
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_SOFT_DIRTY);
	hz_store(self->range, 1);
	CLEAR_SOFT_DIRTY();
	REQUIRE_OK(mprotect(self->range, PMD, PROT_READ));
	REQUIRE_OK(mprotect(self->range, PMD, PROT_READ | PROT_WRITE));
	hz_store(self->range + PMD - 1, BYTE);
	EXPECT_NUMBER("soft-dirty pages", soft_dirty_pages(self->range), PAGES);
}

/*
 * Splitting its folio maps zero pages where it held zeros only: written
 * zeros, for all that anybody knows. Before 6.17 they were clean.
 */
TEST_F(soft_dirty, split_of_the_thp_leaves_it_marked)
{
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_SPLIT_FOLIO);
	CLEAR_SOFT_DIRTY();
	hz_store(self->range, BYTE);
	REQUIRE_STATE(self->range, HZ_ANON_THP);
	REQUIRE_OK(hz_split_folio(self->range));
	EXPECT_NUMBER("soft-dirty pages", soft_dirty_pages(self->range), PAGES);
}

/* MADV_FREE cleans it but for that mark: a dirty PMD is marked at any rate. */
TEST_F(soft_dirty, migration_of_the_thp_leaves_it_marked)
{
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_SOFT_DIRTY);
	NEED(HZ_NEED_TWO_NODES);
	CLEAR_SOFT_DIRTY();
	hz_store(self->range, 1);
	REQUIRE_OK(do_advise(self->range, MADV_FREE));
	REQUIRE_OK(hz_move_page(self->range, !hz_node_of(self->range)));
	EXPECT_STATE(self->range, HZ_ANON_THP);
	EXPECT_NUMBER("soft-dirty pages", soft_dirty_pages(self->range), PAGES);
}

/* Nobody writes: what is clean stays so. */
TEST_F(soft_dirty, split_of_the_cleared_thp_leaves_it_clean)
{
	NEED(HZ_NEED_WP_THP);
	hz_store(self->range, BYTE);
	CLEAR_SOFT_DIRTY();
	REQUIRE_STATE(self->range, HZ_ANON_THP);
	REQUIRE_OK(do_mprotect(self->range, PAGE, PROT_READ));
	EXPECT_NUMBER_OR_KNOWN("soft-dirty pages",
			       soft_dirty_pages(self->range), 0, PAGES,
			       CLEAN_THPS_ARE_MARKED);
}

TEST_F(soft_dirty, mprotect_of_the_split_thp_leaves_it_clean)
{
	struct hz_region base;

	REQUIRE_OK(hz_region_map(&base, 1, HZ_ADVISE_BASE));
	memset(base.addr, BYTE, PMD);
	REQUIRE_OK(hz_range_renew(self->range));
	memset(self->range, BYTE, PMD);
	REQUIRE_STATE(self->range, HZ_ANON_THP);
	REQUIRE_OK(do_mprotect(self->range, PAGE, PROT_READ));
	REQUIRE_STATE(self->range, HZ_PAGE_TABLE);
	CLEAR_SOFT_DIRTY();
	EXPECT_NUMBER("soft-dirty pages before",
		      soft_dirty_pages(self->range), 0);
	REQUIRE_OK(mprotect(base.addr, PMD, PROT_READ));
	EXPECT_NUMBER("soft-dirty base pages", soft_dirty_pages(base.addr), 0);
	REQUIRE_OK(mprotect(self->range, PMD, PROT_READ));
	EXPECT_NUMBER_OR_KNOWN("soft-dirty pages",
			       soft_dirty_pages(self->range), 0, PAGES,
			       MPROTECT_WRITES);
}

/* What was freed and is written to again is kept, by reclaim that gives up. */
TEST_F(soft_dirty, reclaim_of_the_split_thp_leaves_it_clean)
{
	long marked;

	REQUIRE_OK(hz_range_renew(self->range));
	memset(self->range, BYTE, PMD);
	REQUIRE_STATE(self->range, HZ_ANON_THP);
	REQUIRE_OK(do_advise(self->range, MADV_FREE));
	REQUIRE_OK(do_mprotect(self->range, PAGE, PROT_READ));
	REQUIRE_OK(do_mprotect(self->range, PAGE, PROT_READ | PROT_WRITE));
	REQUIRE_STATE(self->range, HZ_PAGE_TABLE);
	hz_store(self->range + PMD / 2, 1);
	CLEAR_SOFT_DIRTY();
	EXPECT_NUMBER("soft-dirty pages before",
		      soft_dirty_pages(self->range), 0);
	REQUIRE_OK(do_advise(self->range, MADV_PAGEOUT));
	marked = soft_dirty_pages(self->range);
	/* 6.1 splits the folio first, and marks the page that is dirty. */
	if (marked == 1 && hz_missing(HZ_NEED_WP_THP))
		HZ_KNOWN_ISSUE(CLEAN_THPS_ARE_MARKED);
	EXPECT_NUMBER_OR_KNOWN("soft-dirty pages", marked, 0, PAGES,
			       "reclaim that gives up a split THP marks it soft-dirty");
	EXPECT_NUMBER("byte written", self->range[PMD / 2], 1);
}

TEST_F(soft_dirty, migration_of_the_cleared_thp_leaves_it_clean)
{
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_TWO_NODES);
	hz_store(self->range, BYTE);
	CLEAR_SOFT_DIRTY();
	REQUIRE_OK(hz_move_page(self->range, !hz_node_of(self->range)));
	EXPECT_STATE(self->range, HZ_ANON_THP);
	EXPECT_NUMBER_OR_KNOWN("soft-dirty pages",
			       soft_dirty_pages(self->range), 0, PAGES,
			       CLEAN_THPS_ARE_MARKED);
}

TEST_F(soft_dirty, mremap_marks_the_range)
{
	CLEAR_SOFT_DIRTY();
	REQUIRE_OK(move_to(self->space.addr, self->range));
	EXPECT_NUMBER("soft-dirty pages", soft_dirty_pages(self->space.addr),
		      PAGES);
	EXPECT_STATE(self->space.addr, HZ_HUGE_ZERO);
}

/* That the range was moved is true of each of its pages. */
TEST_F(soft_dirty, split_of_the_moved_range_leaves_it_marked)
{
	CLEAR_SOFT_DIRTY();
	REQUIRE_OK(move_to(self->space.addr, self->range));
	REQUIRE_OK(do_mprotect(self->space.addr + PAGE, PAGE, PROT_READ));
	EXPECT_PAGES(self->space.addr, 0, -1);
	EXPECT_NUMBER_OR_KNOWN("soft-dirty pages",
			       soft_dirty_pages(self->space.addr), PAGES, 0,
			       SPLIT_LOSES_SOFT_DIRTY);
}

TEST_F(soft_dirty, mremap_of_the_split_range_marks_it)
{
	NEED(HZ_NEED_SOFT_DIRTY);
	REQUIRE_OK(do_mprotect(self->range + PAGE, PAGE, PROT_READ));
	CLEAR_SOFT_DIRTY();
	REQUIRE_OK(move_to(self->space.addr, self->range));
	EXPECT_NUMBER_OR_KNOWN("soft-dirty pages",
			       soft_dirty_pages(self->space.addr), PAGES, 0,
			       PAGE_TABLES_MOVE_UNMARKED);
}

/* A child's copy is tracked if userfaultfd follows it there. */
FIXTURE(forked)
{
	struct hz_region region;
	struct hz_uffd uffd;
	struct hz_child child;
	struct hz_told told;
	char *range;
};

FIXTURE_VARIANT(forked)
{
	uint64_t features;
	bool follows;
};

FIXTURE_VARIANT_ADD(forked, without_event_fork) {
	.features = 0,
};

FIXTURE_VARIANT_ADD(forked, with_event_fork) {
	.features = HZ_UFFD_EVENT_FORK, .follows = true,
};

FIXTURE_SETUP(forked)
{
	hz_test_begin();
	self->uffd.fd = -1;
	self->child = (struct hz_child){ .pid = -1, .ask = -1 };
	ASSERT_EQ(0, hz_region_map(&self->region, 2, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	hz_read_fault(self->range);
	hz_read_fault(self->range + PMD);
}

FIXTURE_TEARDOWN(forked)
{
	EXPECT_EQ(0, hz_child_stop(&self->child));
	hz_uffd_close(&self->uffd);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

#define TRACK_AND_FORK() do { \
	NEED(HZ_NEED_UFFD_WP); \
	if (variant->follows) \
		NEED(HZ_NEED_UFFD_FORK); \
	REQUIRE_OK(track(&self->uffd, self->range, variant->features, \
			 hz_uffd_answer_range, NULL)); \
	REQUIRE_OK(hz_child_start(&self->child)); \
	hz_uffd_settle(&self->uffd); \
	EXPECT_NUMBER("fork events", self->uffd.fork, variant->follows); \
} while (0)

static void deed_protected(const struct hz_order *order, struct hz_told *told)
{
	told->result = protected_pages(order->at);
}

TEST_F(forked, child_is_protected_where_it_is_followed)
{
	TRACK_AND_FORK();
	CHILD_DOES(&self->child, deed_protected, &self->told,
		   .at = self->range);
	EXPECT_NUMBER("protected pages of the child", self->told.result,
		      variant->follows ? PAGES : 0);
}

TEST_F(forked, store_of_the_child_raises_an_event_where_it_is_followed)
{
	TRACK_AND_FORK();
	CHILD_DOES(&self->child, hz_deed_store, &self->told,
		   .at = self->range + PAGE, .arg = { BYTE });
	EXPECT_NUMBER("events of the child", self->uffd.child,
		      variant->follows);
	EXPECT_EVENTS(&self->uffd, variant->follows);
}

TEST_F(forked, store_of_the_child_installs_one_thp)
{
	NEED(HZ_NEED_WP_THP);
	TRACK_AND_FORK();
	CHILD_DOES(&self->child, hz_deed_store, &self->told,
		   .at = self->range + PAGE, .arg = { BYTE });
	EXPECT_CHILD_STATE(&self->child, self->range, HZ_ANON_THP);
	EXPECT_STATE(self->range, HZ_HUGE_ZERO);
}

TEST_F(forked, parent_stays_protected)
{
	TRACK_AND_FORK();
	EXPECT_NUMBER("protected pages", protected_pages(self->range), PAGES);
	hz_store(self->range + PAGE, BYTE);
	EXPECT_EVENTS(&self->uffd, 1);
}

TEST_F(forked, child_keeps_the_zeros)
{
	TRACK_AND_FORK();
	hz_store(self->range + PAGE, BYTE);
	EXPECT_CHILD_BYTES(&self->child, self->range, PMD, 0, 0, 0);
}

#define TRACK_ACCESS_AND_FORK() do { \
	NEED(HZ_NEED_UFFD_RWP); \
	if (variant->follows) \
		NEED(HZ_NEED_UFFD_FORK); \
	REQUIRE_OK(track_access(&self->uffd, self->range, variant->features, \
				hz_uffd_answer_range)); \
	REQUIRE_OK(hz_child_start(&self->child)); \
	hz_uffd_settle(&self->uffd); \
	EXPECT_NUMBER("fork events", self->uffd.fork, variant->follows); \
} while (0)

static void deed_load_all(const struct hz_order *order, struct hz_told *told)
{
	told->result = faults_of_loads(order->at);
}

TEST_F(forked, load_of_the_child_raises_an_event_where_it_is_followed)
{
	TRACK_ACCESS_AND_FORK();
	CHILD_DOES(&self->child, deed_load_all, &self->told,
		   .at = self->range);
	EXPECT_ACCESSES(&self->uffd, variant->follows);
	EXPECT_NUMBER("events of the child", self->uffd.child,
		      variant->follows);
	EXPECT_CHILD_STATE(&self->child, self->range, HZ_HUGE_ZERO);
}

/*
 * Where the processor marks nothing as accessed, any first load faults; one that
 * raises an event does both in one fault.
 */
TEST_F(forked, loads_of_the_child_fault_as_in_a_range_not_tracked)
{
	long faults;

	TRACK_ACCESS_AND_FORK();
	CHILD_DOES(&self->child, deed_load_all, &self->told,
		   .at = self->range + PMD);
	faults = self->told.result;
	CHILD_DOES(&self->child, deed_load_all, &self->told,
		   .at = self->range);
	EXPECT_NUMBER("faults of the child", self->told.result,
		      variant->follows ? 1 : faults);
}

TEST_F(forked, parent_stays_inaccessible)
{
	TRACK_ACCESS_AND_FORK();
	hz_read_all(self->range, PMD);
	EXPECT_ACCESSES(&self->uffd, 1);
}

/* The same of mremap(). */
FIXTURE(moved)
{
	struct hz_region region, space;
	struct hz_uffd uffd;
	char *range, *to;
};

FIXTURE_VARIANT(moved)
{
	uint64_t features;
	bool follows;
};

FIXTURE_VARIANT_ADD(moved, without_event_remap) {
	.features = 0,
};

FIXTURE_VARIANT_ADD(moved, with_event_remap) {
	.features = HZ_UFFD_EVENT_REMAP, .follows = true,
};

FIXTURE_SETUP(moved)
{
	hz_test_begin();
	self->uffd.fd = -1;
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	ASSERT_EQ(0, hz_region_map(&self->space, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	self->to = self->space.addr;
	hz_read_fault(self->range);
}

FIXTURE_TEARDOWN(moved)
{
	hz_uffd_close(&self->uffd);
	hz_region_unmap(&self->space);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

#define TRACK_AND_MOVE() do { \
	NEED(HZ_NEED_UFFD_WP); \
	REQUIRE_OK(track(&self->uffd, self->range, variant->features, \
			 hz_uffd_answer_range, NULL)); \
	REQUIRE_OK(move_to(self->to, self->range)); \
	hz_uffd_settle(&self->uffd); \
	EXPECT_NUMBER("remap events", self->uffd.remap, variant->follows); \
} while (0)

TEST_F(moved, stays_one_pmd)
{
	TRACK_AND_MOVE();
	EXPECT_STATE(self->to, HZ_HUGE_ZERO);
}

TEST_F(moved, is_protected_where_it_is_followed)
{
	TRACK_AND_MOVE();
	EXPECT_NUMBER("protected pages", protected_pages(self->to),
		      variant->follows ? PAGES : 0);
}

TEST_F(moved, store_raises_an_event_where_it_is_followed)
{
	TRACK_AND_MOVE();
	hz_store(self->to + PAGE, BYTE);
	EXPECT_EVENTS(&self->uffd, variant->follows);
}

TEST_F(moved, store_installs_one_thp)
{
	NEED(HZ_NEED_WP_THP);
	TRACK_AND_MOVE();
	hz_store(self->to + PAGE, BYTE);
	EXPECT_STATE(self->to, HZ_ANON_THP);
	EXPECT_ONLY_BYTES(self->to, PMD, PAGE, 1, BYTE);
}

/* A device, or a guest, holds a page of the range for long. */
FIXTURE(pinned)
{
	struct hz_region region, other;
	struct hz_uffd uffd;
	struct finding found;
	struct hz_pin pin;
	char *range, *at, *copy;
};

FIXTURE_VARIANT(pinned)
{
	int how;
};

FIXTURE_VARIANT_ADD(pinned, to_read) {
	.how = HZ_PIN_TO_READ,
};

FIXTURE_VARIANT_ADD(pinned, to_read_fast) {
	.how = HZ_PIN_TO_READ | HZ_PIN_FAST,
};

FIXTURE_SETUP(pinned)
{
	hz_test_begin();
	self->uffd.fd = -1;
	self->pin.fd = -1;
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	ASSERT_EQ(0, hz_region_map(&self->other, 2, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	self->found.range = self->range;
	self->at = self->range + 3 * PAGE;
	self->copy = self->other.addr + PMD;
	hz_read_fault(self->range);
	hz_read_fault(self->other.addr);
}

FIXTURE_TEARDOWN(pinned)
{
	hz_unpin(&self->pin);
	hz_uffd_close(&self->uffd);
	hz_region_unmap(&self->other);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

#define PIN() do { \
	NEED(HZ_NEED_GUP_TEST); \
	REQUIRE_OK(hz_pin(&self->pin, self->at, PAGE, variant->how)); \
} while (0)

TEST_F(pinned, page_is_the_one_that_a_store_changes)
{
	PIN();
	memset(self->range, BYTE, PMD);
	REQUIRE_OK(hz_pin_read(&self->pin, self->copy));
	EXPECT_ONLY_BYTES(self->copy, PAGE, 0, PAGE, BYTE);
}

/*
 * It needs a page of its own, and gets that as a store would. Where writes are
 * tracked no THP is owed: one PMD cannot say which page is still untouched.
 */
TEST_F(pinned, untracked_range_becomes_one_thp)
{
	NEED(HZ_NEED_WP_THP);
	PIN();
	EXPECT_STATE(self->range, HZ_ANON_THP);
}

TEST_F(pinned, page_reads_zero_before)
{
	PIN();
	memset(self->copy, BYTE, PAGE);
	REQUIRE_OK(hz_pin_read(&self->pin, self->copy));
	EXPECT_ONLY_BYTES(self->copy, PAGE, 0, 0, 0);
}

TEST_F(pinned, bystander_stays_huge_zero)
{
	PIN();
	memset(self->range, BYTE, PMD);
	EXPECT_STATE(self->other.addr, HZ_HUGE_ZERO);
	EXPECT_ALL_ZERO(self->other.addr);
}

/* Pinned by its parent, it is copied for the child at once. */
TEST_F(pinned, page_stays_with_the_parent_over_fork)
{
	struct hz_child child;

	PIN();
	REQUIRE_OK(hz_child_start(&child));
	hz_store(self->at, BYTE);
	EXPECT_EQ(0, hz_child_stop(&child));
	REQUIRE_OK(hz_pin_read(&self->pin, self->copy));
	EXPECT_ONLY_BYTES(self->copy, PAGE, 0, 1, BYTE);
}

TEST_F(pinned, range_stays_protected)
{
	NEED(HZ_NEED_GUP_TEST);
	TRACK(hz_uffd_answer_range);
	PIN();
	EXPECT_NUMBER_OR_KNOWN("protected pages", protected_pages(self->range),
			       PAGES, 0, PIN_LOSES_TRACKING);
}

TEST_F(pinned, store_raises_one_event)
{
	NEED(HZ_NEED_GUP_TEST);
	TRACK(hz_uffd_answer_range);
	PIN();
	hz_store(self->at, BYTE);
	EXPECT_NUMBER_OR_KNOWN("write-protect events", self->uffd.wp, 1, 0,
			       PIN_LOSES_TRACKING);
}

TEST_F(pinned, pin_counts_as_no_write)
{
	NEED(HZ_NEED_GUP_TEST);
	TRACK_ASYNC();
	PIN();
	EXPECT_NUMBER_OR_KNOWN("written pages", written_pages(self->range), 0,
			       PAGES, PIN_LOSES_TRACKING);
}

/*
 * Who holds a page to write to it does so without a fault, at any time: it is
 * never known to be clean.
 */
TEST_F(pinned, page_pinned_to_write_stays_soft_dirty)
{
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_GUP_TEST);
	NEED(HZ_NEED_SOFT_DIRTY);
	REQUIRE_OK(hz_pin(&self->pin, self->at, PAGE,
			  variant->how | HZ_PIN_TO_WRITE));
	REQUIRE_STATE(self->range, HZ_ANON_THP);
	CLEAR_SOFT_DIRTY();
	EXPECT_NUMBER_OR_KNOWN("soft-dirty pages",
			       soft_dirty_pages(self->range), PAGES, 0,
			       CLEARING_FORGETS_PINS);
}

TEST_F(pinned, pin_marks_nothing_soft_dirty)
{
	NEED(HZ_NEED_GUP_TEST);
	CLEAR_SOFT_DIRTY();
	PIN();
	EXPECT_NUMBER_OR_KNOWN("soft-dirty pages",
			       soft_dirty_pages(self->range), 0, PAGES,
			       PIN_LOSES_TRACKING);
}

HZ_MAIN
