// SPDX-License-Identifier: GPL-2.0
/*
 * A mapping of the huge zero page is moved, protected, taken apart or given
 * another policy before it is written to: the THP comes where it may come, and
 * the huge zero page stays what it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hugezero_child.h"
#include "hugezero_test.h"
#include "hugezero_trap.h"

#define PMD	((long)hz_pmd_size())
#define PAGE	((long)hz_page_size())
#define BYTE	((char)0xa5)

/* Headers may be older than the kernel. */
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE 103
#endif
#ifndef MLOCK_ONFAULT
#define MLOCK_ONFAULT 1
#endif

/* linux/mempolicy.h is no part of the C library. */
#define MPOL_PREFERRED	1
#define MPOL_BIND	2
#define MPOL_INTERLEAVE	3
#define MPOL_MF_MOVE	2

/* The signal that a load raises, or 0. */
static int signal_of_load(const char *at)
{
	int got = hz_try_load(at);

	return got < 0 ? -got : 0;
}

/*
 * Moved as a whole. Out of the table that holds its PMD the kernel has to take
 * along the page table that waits for a split.
 */
FIXTURE(moved)
{
	struct hz_region region, other;
	struct hz_watch watch;
	struct hz_uffd uffd;
	size_t ranges;
	long by;		/* bytes */
	char *range, *to;
	int err;
};

enum way { BY_MREMAP, BY_MREMAP_DONTUNMAP, BY_UFFDIO_MOVE };

FIXTURE_VARIANT(moved)
{
	enum way way;
	long from, by;		/* ranges from a border; ranges that it moves */
	bool whole_table;	/* of PMDs, and the next one's place */
	int old_signal;		/* of a load from where it was */
};

FIXTURE_VARIANT_ADD(moved, within_a_table) {
	.way = BY_MREMAP, .by = 2, .old_signal = SIGSEGV,
};

FIXTURE_VARIANT_ADD(moved, over_a_border) {
	.way = BY_MREMAP, .from = -2, .by = 3, .old_signal = SIGSEGV,
};

FIXTURE_VARIANT_ADD(moved, with_its_table) {
	.way = BY_MREMAP, .whole_table = true, .old_signal = SIGSEGV,
};

FIXTURE_VARIANT_ADD(moved, dontunmap) {
	.way = BY_MREMAP_DONTUNMAP, .by = 2,
};

FIXTURE_VARIANT_ADD(moved, dontunmap_over_a_border) {
	.way = BY_MREMAP_DONTUNMAP, .from = -2, .by = 3,
};

FIXTURE_VARIANT_ADD(moved, uffdio_move) {
	.way = BY_UFFDIO_MOVE, .by = 2,
};

FIXTURE_VARIANT_ADD(moved, uffdio_move_over_a_border) {
	.way = BY_UFFDIO_MOVE, .from = -2, .by = 3,
};

/* The range lies in the middle of a table that moves as a whole. */
#define IN_TABLE 5

static int map_and_read(struct hz_region *r, size_t nr, long from, char **range)
{
	int err = hz_region_map_at_border(r, nr, from, 3);

	if (err)
		return err;
	*range = hz_range(r, nr > 1 ? IN_TABLE : 0);
	hz_read_fault(*range);
	return 0;
}

FIXTURE_SETUP(moved)
{
	size_t span = hz_table_span() / hz_pmd_size();

	hz_test_begin();
	self->uffd.fd = -1;
	self->ranges = variant->whole_table ? span : 1;
	self->by = (variant->whole_table ? (long)span : variant->by) * PMD;
	self->err = map_and_read(&self->region, self->ranges, variant->from,
				 &self->range);
	ASSERT_EQ(0, hz_region_map(&self->other, 1, HZ_ADVISE_HUGE));
	if (self->err)
		return;
	self->to = self->range + self->by;
	hz_watch_on(&self->watch, self->to, "store to a range that was moved");
	hz_read_fault(self->other.addr);
}

FIXTURE_TEARDOWN(moved)
{
	if (self->uffd.fd >= 0)
		hz_uffd_close(&self->uffd);
	hz_region_unmap(&self->other);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

static int move_by_mremap(const struct hz_region *r, long by, int flags)
{
	size_t size = r->nr * PMD;

	if (mremap(r->addr, size, size, MREMAP_MAYMOVE | MREMAP_FIXED | flags,
		   r->addr + by) == MAP_FAILED)
		return -errno;
	return 0;
}

static int move_by_uffd(struct hz_uffd *u, char *to, char *from)
{
	int err;

	if (mmap(to, PMD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS |
		 MAP_NORESERVE | MAP_FIXED, -1, 0) != to ||
	    madvise(to, PMD, MADV_HUGEPAGE))
		return -errno;
	err = hz_uffd_open(u, HZ_UFFD_MOVE);
	if (!err)
		err = hz_uffd_register(u, to, PMD, HZ_UFFD_MODE_MISSING);
	return err ? err : hz_uffd_move(u, to, from, PMD);
}

#define MOVE_OR_SKIP() do { \
	const bool hz_by_uffd = variant->way == BY_UFFDIO_MOVE; \
	int hz_err = self->err; \
	if (hz_err == -ENOMEM) \
		HZ_SKIP("needs address space for a table of PMDs: %s", \
			strerror(ENOMEM)); \
	REQUIRE_OK(hz_err); \
	if (hz_by_uffd) \
		NEED(HZ_NEED_UFFD_MOVE); \
	hz_err = hz_by_uffd ? \
		 move_by_uffd(&self->uffd, self->to, self->range) : \
		 move_by_mremap(&self->region, self->by, \
				variant->way == BY_MREMAP_DONTUNMAP ? \
				MREMAP_DONTUNMAP : 0); \
	if (hz_err == -EINVAL && variant->way == BY_MREMAP_DONTUNMAP) \
		HZ_SKIP("needs MREMAP_DONTUNMAP (5.7)"); \
	REQUIRE_OK(hz_err); \
} while (0)

TEST_F(moved, arrives_as_huge_zero)
{
	MOVE_OR_SKIP();
	EXPECT_STATE(self->to, HZ_HUGE_ZERO);
}

TEST_F(moved, is_no_rss_in_smaps)
{
	MOVE_OR_SKIP();
	REQUIRE_STATE(self->to, HZ_HUGE_ZERO);
	EXPECT_NUMBER("Rss", hz_smaps(self->to, "Rss"), 0);
}

TEST_F(moved, leaves_nothing_behind)
{
	bool unmapped = variant->old_signal;

	MOVE_OR_SKIP();
	EXPECT_STATE(self->range, unmapped ? HZ_UNMAPPED : HZ_EMPTY);
}

/* Not even in the TLB. */
TEST_F(moved, old_place_is_as_it_was_told)
{
	NEED_MAPPED(self->err);
	memset(self->range, BYTE, PMD);
	MOVE_OR_SKIP();
	EXPECT_NUMBER("signal of a load from the old place",
		      signal_of_load(self->range), variant->old_signal);
	if (!variant->old_signal)
		EXPECT_ALL_ZERO(self->range);
}

TEST_F(moved, store_installs_one_thp)
{
	NEED(HZ_NEED_WP_THP);
	MOVE_OR_SKIP();
	WATCHED(&self->watch, hz_store(self->to + PMD - 1, BYTE));
	EXPECT_STATE_AFTER(&self->watch, HZ_ANON_THP);
	EXPECT_FAULTS(&self->watch, 1);
	EXPECT_RSS(&self->watch, PMD);
}

TEST_F(moved, store_changes_only_its_byte)
{
	MOVE_OR_SKIP();
	hz_store(self->to + PMD - 1, BYTE);
	EXPECT_ONLY_BYTES(self->to, PMD, PMD - 1, 1, BYTE);
}

TEST_F(moved, store_leaves_the_huge_zero_page_zero)
{
	MOVE_OR_SKIP();
	memset(self->to, BYTE, PMD);
	EXPECT_STATE(self->other.addr, HZ_HUGE_ZERO);
	EXPECT_ALL_ZERO(self->other.addr);
}

/* What was written before goes along. */
TEST_F(moved, thp_keeps_its_bytes)
{
	NEED_MAPPED(self->err);
	hz_store(self->range + PAGE, BYTE);
	MOVE_OR_SKIP();
	EXPECT_ONLY_BYTES(self->to, PMD, PAGE, 1, BYTE);
}

TEST_F(moved, thp_stays_a_thp)
{
	NEED(HZ_NEED_WP_THP);
	NEED_MAPPED(self->err);
	hz_store(self->range, BYTE);
	MOVE_OR_SKIP();
	EXPECT_STATE(self->to, HZ_ANON_THP);
}

/* To split a folio the kernel has to find it where it is now. */
TEST_F(moved, reverse_map_finds_the_thp)
{
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_SPLIT_FOLIO);
	MOVE_OR_SKIP();
	hz_store(self->to + PAGE, BYTE);
	REQUIRE_STATE(self->to, HZ_ANON_THP);
	EXPECT_NUMBER("write to split_huge_pages", hz_split_folio(self->to), 0);
	EXPECT_STATE(self->to, HZ_PAGE_TABLE);
	EXPECT_ONLY_BYTES(self->to, PMD, PAGE, 1, BYTE);
}

/*
 * The page table that waits for a split is neither lost nor counted twice. All
 * tables below the reserve go with it; the first time leaves those above.
 */
TEST_F(moved, unmap_returns_the_page_tables)
{
	long before = -1;
	int i;

	NEED(HZ_NEED_PTE_KB);
	for (i = 0; i < 2; i++) {
		MOVE_OR_SKIP();
		if (self->uffd.fd >= 0)
			hz_uffd_close(&self->uffd);
		hz_region_unmap(&self->region);
		if (i)
			break;
		before = hz_status("VmPTE");
		REQUIRE_OK(map_and_read(&self->region, self->ranges,
					variant->from, &self->range));
		self->to = self->range + self->by;
	}
	EXPECT_NUMBER("growth of VmPTE", hz_status("VmPTE") - before, 0);
	EXPECT_QUIET_KERNEL();
}

/* Protected as a whole, and back: no way to write to the huge zero page. */
FIXTURE(protected)
{
	struct hz_region region, other;
	struct hz_watch watch;
	char *range;
};

FIXTURE_VARIANT(protected)
{
	int prot;
	bool read_while;	/* the read comes while it is protected */
};

FIXTURE_VARIANT_ADD(protected, read_only) {
	.prot = PROT_READ,
};

FIXTURE_VARIANT_ADD(protected, none) {
	.prot = PROT_NONE,
};

FIXTURE_VARIANT_ADD(protected, read_while_read_only) {
	.prot = PROT_READ, .read_while = true,
};

FIXTURE_SETUP(protected)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	ASSERT_EQ(0, hz_region_map(&self->other, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	hz_watch_on(&self->watch, self->range,
		    "store to a huge-zero PMD that was protected");
	hz_read_fault(self->other.addr);
	if (!variant->read_while)
		hz_read_fault(self->range);
	ASSERT_EQ(0, mprotect(self->range, PMD, variant->prot));
	if (variant->read_while)
		hz_read_fault(self->range);
}

FIXTURE_TEARDOWN(protected)
{
	hz_region_unmap(&self->other);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

static int make_writable(char *range)
{
	return mprotect(range, PMD, PROT_READ | PROT_WRITE) ? -errno : 0;
}

TEST_F(protected, store_traps)
{
	EXPECT_NUMBER("signal of a store", hz_try_store(self->range, 1),
		      SIGSEGV);
	EXPECT_STATE(self->range, HZ_HUGE_ZERO);
}

TEST_F(protected, load_does_as_it_was_told)
{
	EXPECT_NUMBER("signal of a load", signal_of_load(self->range),
		      variant->prot & PROT_READ ? 0 : SIGSEGV);
}

TEST_F(protected, is_still_huge_zero_when_writable)
{
	REQUIRE_OK(make_writable(self->range));
	EXPECT_STATE(self->range, HZ_HUGE_ZERO);
}

TEST_F(protected, store_installs_one_thp_when_writable)
{
	NEED(HZ_NEED_WP_THP);
	REQUIRE_OK(make_writable(self->range));
	WATCHED(&self->watch, hz_store(self->range + PMD - 1, BYTE));
	EXPECT_STATE_AFTER(&self->watch, HZ_ANON_THP);
	EXPECT_FAULTS(&self->watch, 1);
}

TEST_F(protected, store_changes_only_its_byte)
{
	REQUIRE_OK(make_writable(self->range));
	hz_store(self->range + PMD - 1, BYTE);
	EXPECT_ONLY_BYTES(self->range, PMD, PMD - 1, 1, BYTE);
}

TEST_F(protected, store_leaves_the_huge_zero_page_zero)
{
	REQUIRE_OK(make_writable(self->range));
	memset(self->range, BYTE, PMD);
	EXPECT_STATE(self->other.addr, HZ_HUGE_ZERO);
	EXPECT_ALL_ZERO(self->other.addr);
}

/* The THP, protected: what was writable in the TLB is so no more. */
FIXTURE(protected_thp)
{
	struct hz_region region;
	struct hz_watch watch;
	char *range;
};

FIXTURE_SETUP(protected_thp)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	hz_watch_on(&self->watch, self->range,
		    "store to a THP that was protected");
	hz_read_fault(self->range);
	hz_store(self->range, BYTE);
	ASSERT_EQ(0, mprotect(self->range, PMD, PROT_READ));
}

FIXTURE_TEARDOWN(protected_thp)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(protected_thp, store_traps)
{
	EXPECT_NUMBER("signal of a store to the page that was written",
		      hz_try_store(self->range, 1), SIGSEGV);
	EXPECT_NUMBER("signal of a store to another page",
		      hz_try_store(self->range + PMD - 1, 1), SIGSEGV);
	EXPECT_ONLY_BYTES(self->range, PMD, 0, 1, BYTE);
}

TEST_F(protected_thp, stays_a_thp)
{
	NEED(HZ_NEED_WP_THP);
	EXPECT_STATE(self->range, HZ_ANON_THP);
}

TEST_F(protected_thp, is_written_in_place_when_writable)
{
	NEED(HZ_NEED_WP_THP);
	REQUIRE_OK(make_writable(self->range));
	WATCHED(&self->watch, hz_store(self->range + PMD - 1, 1));
	EXPECT_STATE_AFTER(&self->watch, HZ_ANON_THP);
	EXPECT_RSS(&self->watch, 0);
}

/*
 * Something is done to a part of the range. One PMD cannot say so: it is split
 * to base zero pages, and a store then costs one base page. Documented, not a
 * THP.
 */
FIXTURE(part)
{
	struct hz_region region, base;
	struct hz_watch watch;
	char *range, *at;
};

FIXTURE_VARIANT(part)
{
	int (*change)(char *range);
	bool zero_pages_stay;	/* in all of the range, or in its second half */
};

static int protect_part(char *range)
{
	return mprotect(range, PMD / 2, PROT_READ) ? -errno : 0;
}

static int unmap_part(char *range)
{
	return munmap(range, PMD / 2) ? -errno : 0;
}

static int drop_part(char *range)
{
	return madvise(range, PMD / 2, MADV_DONTNEED) ? -errno : 0;
}

static int drop_whole(char *range)
{
	return madvise(range, PMD, MADV_DONTNEED) ? -errno : 0;
}

static int unadvise_part(char *range)
{
	return madvise(range, PMD / 2, MADV_NOHUGEPAGE) ? -errno : 0;
}

/* To a place that is not aligned, either. */
static int move_part(char *range)
{
	char *to = range + PMD + PAGE;

	return mremap(range, PMD / 2, PMD / 2, MREMAP_MAYMOVE | MREMAP_FIXED,
		      to) == to ? 0 : -errno;
}

FIXTURE_VARIANT_ADD(part, protected) {
	.change = protect_part, .zero_pages_stay = true,
};

FIXTURE_VARIANT_ADD(part, unmapped) {
	.change = unmap_part,
};

FIXTURE_VARIANT_ADD(part, dropped) {
	.change = drop_part,
};

FIXTURE_VARIANT_ADD(part, unadvised) {
	.change = unadvise_part, .zero_pages_stay = true,
};

FIXTURE_VARIANT_ADD(part, moved) {
	.change = move_part,
};

FIXTURE_SETUP(part)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map_spare(&self->region, 1, 2, HZ_ADVISE_HUGE));
	ASSERT_EQ(0, hz_region_map(&self->base, 1, HZ_ADVISE_BASE));
	self->range = self->region.addr;
	self->at = self->range + PMD - PAGE;
	/* The upper levels of the page table, for the moved part. */
	hz_range_warm(self->range);
	hz_read_fault(self->range);
	hz_read_fault(self->base.addr + PAGE);
}

FIXTURE_TEARDOWN(part)
{
	hz_region_unmap(&self->base);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(part, splits_to_zero_pages)
{
	REQUIRE_STATE(self->range, HZ_HUGE_ZERO);
	REQUIRE_OK(variant->change(self->range));
	if (variant->zero_pages_stay)
		EXPECT_STATE(self->range, HZ_PAGE_TABLE);
	EXPECT_NUMBER("anonymous memory of the other part",
		      hz_smaps(self->at, "Anonymous"), 0);
	hz_watch_on(&self->watch, self->range, "loads from the other part");
	WATCHED(&self->watch, hz_read_all(self->range + PMD / 2, PMD / 2));
	EXPECT_FAULTS(&self->watch, 0);
}

TEST_F(part, reads_zero)
{
	REQUIRE_OK(variant->change(self->range));
	EXPECT_ONLY_BYTES(self->range + PMD / 2, PMD / 2, 0, 0, 0);
}

TEST_F(part, store_costs_one_base_page)
{
	char *at = self->at;

	REQUIRE_OK(variant->change(self->range));
	hz_watch_on(&self->watch, at, "store to the other part");
	WATCHED(&self->watch, hz_store(at, BYTE));
	EXPECT_NUMBER("faults", self->watch.after.faults -
				self->watch.before.faults, 1);
	EXPECT_NUMBER("anonymous memory of the other part",
		      hz_smaps(at, "Anonymous"), PAGE);
}

TEST_F(part, store_changes_only_its_byte)
{
	REQUIRE_OK(variant->change(self->range));
	hz_store(self->at, BYTE);
	EXPECT_ONLY_BYTES(self->range + PMD / 2, PMD / 2,
			  self->at - self->range - PMD / 2, 1, BYTE);
}

/* What is split off maps the one zero page that all base pages share. */
TEST_F(part, store_leaves_the_zero_page_zero)
{
	REQUIRE_STATE(self->range, HZ_HUGE_ZERO);
	REQUIRE_OK(variant->change(self->range));
	memset(self->range + PMD / 2, BYTE, PMD / 2);
	EXPECT_ALL_ZERO(self->base.addr);
}

TEST_F(part, unmap_returns_the_page_table)
{
	long before;

	NEED(HZ_NEED_PTE_KB);
	REQUIRE_OK(drop_whole(self->range));
	before = hz_status("VmPTE");
	hz_read_fault(self->range);
	REQUIRE_OK(variant->change(self->range));
	hz_store(self->at, BYTE);
	munmap(self->range, 2 * PMD);
	EXPECT_NUMBER("growth of VmPTE", hz_status("VmPTE") - before, 0);
}

TEST(part_that_was_moved_reads_zero_and_can_be_written)
{
	struct hz_region r;
	char *to;

	hz_test_begin();
	REQUIRE_OK(hz_region_map_spare(&r, 1, 2, HZ_ADVISE_HUGE));
	to = r.addr + PMD + PAGE;
	hz_read_fault(r.addr);
	REQUIRE_OK(move_part(r.addr));
	EXPECT_ONLY_BYTES(to, PMD / 2, 0, 0, 0);
	hz_store(to + PAGE, BYTE);
	EXPECT_ONLY_BYTES(to, PMD / 2, PAGE, 1, BYTE);
	EXPECT_NUMBER("signal of a load from the old place",
		      signal_of_load(r.addr), SIGSEGV);
	hz_region_unmap(&r);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/*
 * The mapping covers a part of the range from the start. One PMD would open
 * the rest of it, too.
 */
FIXTURE(edge)
{
	struct hz_region region;
	char *inside, *outside;
};

FIXTURE_VARIANT(edge)
{
	long inside, outside;	/* which half of the range */
	bool unmapped;		/* or closed */
};

FIXTURE_VARIANT_ADD(edge, closed_above) {
	.inside = 0, .outside = 1,
};

FIXTURE_VARIANT_ADD(edge, closed_below) {
	.inside = 1, .outside = 0,
};

FIXTURE_VARIANT_ADD(edge, unmapped_above) {
	.inside = 0, .outside = 1, .unmapped = true,
};

FIXTURE_VARIANT_ADD(edge, unmapped_below) {
	.inside = 1, .outside = 0, .unmapped = true,
};

FIXTURE_SETUP(edge)
{
	long half = PMD / 2;

	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->inside = self->region.addr + variant->inside * half;
	self->outside = self->region.addr + variant->outside * half;
	ASSERT_EQ(0, variant->unmapped ? munmap(self->outside, half) :
		  mprotect(self->outside, half, PROT_NONE));
}

FIXTURE_TEARDOWN(edge)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(edge, read_opens_nothing_outside)
{
	EXPECT_NUMBER("value of a load inside", hz_try_load(self->inside), 0);
	EXPECT_NUMBER("signal of a load outside",
		      signal_of_load(self->outside), SIGSEGV);
}

TEST_F(edge, store_makes_no_huge_page)
{
	hz_read_fault(self->inside);
	hz_store(self->inside + PAGE, BYTE);
	EXPECT_NUMBER("AnonHugePages", hz_smaps(self->inside, "AnonHugePages"),
		      0);
	EXPECT_ONLY_BYTES(self->inside, PMD / 2, PAGE, 1, BYTE);
}

/* Mappings of other kinds, and other ways to the huge zero page. */
FIXTURE(kind)
{
	struct hz_region region;
	struct hz_watch watch;
	char *range;
};

FIXTURE_VARIANT(kind)
{
	/* What of the range as it was mapped, untouched. 0 or -errno. */
	int (*make)(char *range);
	int lack[2];		/* what it says where there is no such thing */
	const char *needs;
	bool locks;
};

static int map_over(char *range, int flags, int fd)
{
	if (mmap(range, PMD, PROT_READ | PROT_WRITE, MAP_FIXED | flags, fd,
		 0) != range ||
	    madvise(range, PMD, MADV_HUGEPAGE))
		return -errno;
	hz_read_fault(range);
	return 0;
}

static int map_anew(char *range, int flags)
{
	return map_over(range, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1);
}

/* Ranges are MAP_NORESERVE but here. */
static int make_accounted(char *range)
{
	return map_anew(range, 0);
}

static int make_growing_down(char *range)
{
	return map_anew(range, MAP_GROWSDOWN);
}

/* Anonymous memory that has a file. */
static int make_private_dev_zero(char *range)
{
	int fd = open("/dev/zero", O_RDWR | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = map_over(range, MAP_PRIVATE, fd);
	close(fd);
	return err;
}

/* Its pages may be dropped at any time, as if by MADV_FREE. */
static int make_droppable(char *range)
{
	return map_over(range, MAP_DROPPABLE | MAP_ANONYMOUS, -1);
}

static int make_locked_on_fault(char *range)
{
	if (syscall(SYS_mlock2, range, PMD, MLOCK_ONFAULT))
		return -errno;
	hz_read_fault(range);
	return 0;
}

static int advise(char *range, int advice)
{
	return hz_advise(range, PMD, advice);
}

/* MAP_LOCKED populates it by writing; what was written is dropped. */
static int make_locked(char *range)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_LOCKED;
	int err;

	if (mmap(range, PMD, PROT_READ | PROT_WRITE, flags, -1, 0) != range)
		return -errno;
	err = advise(range, MADV_DONTNEED_LOCKED);
	if (!err)
		err = advise(range, MADV_HUGEPAGE);
	hz_read_fault(range);
	return err;
}

static int make_mergeable(char *range)
{
	hz_read_fault(range);
	return advise(range, MADV_MERGEABLE);
}

static int make_by_populate(char *range)
{
	return advise(range, MADV_POPULATE_READ);
}

/* One PMD maps it already: there is nothing to collapse. */
static int make_collapsed(char *range)
{
	hz_read_fault(range);
	return advise(range, MADV_COLLAPSE);
}

static int make_sequential(char *range)
{
	hz_read_fault(range);
	return madvise(range, PMD, MADV_SEQUENTIAL) ||
	       madvise(range, PMD, MADV_WILLNEED) ? -errno : 0;
}

FIXTURE_VARIANT_ADD(kind, accounted) {
	.make = make_accounted, .lack = { ENOMEM },
	.needs = "memory to commit (vm.overcommit_memory)",
};

FIXTURE_VARIANT_ADD(kind, grows_down) {
	.make = make_growing_down,
};

FIXTURE_VARIANT_ADD(kind, private_dev_zero) {
	.make = make_private_dev_zero, .lack = { EACCES, ENOENT },
	.needs = "to map /dev/zero",
};

FIXTURE_VARIANT_ADD(kind, droppable) {
	.make = make_droppable, .lack = { EINVAL, EOPNOTSUPP },
	.needs = "MAP_DROPPABLE (6.11)",
};

FIXTURE_VARIANT_ADD(kind, locked) {
	.make = make_locked, .lack = { ENOSYS }, .locks = true,
	.needs = "MADV_DONTNEED_LOCKED (5.18)",
};

FIXTURE_VARIANT_ADD(kind, locked_on_fault) {
	.make = make_locked_on_fault, .locks = true,
};

FIXTURE_VARIANT_ADD(kind, mergeable) {
	.make = make_mergeable, .lack = { ENOSYS }, .needs = "CONFIG_KSM",
};

FIXTURE_VARIANT_ADD(kind, populated) {
	.make = make_by_populate, .lack = { ENOSYS },
	.needs = "MADV_POPULATE_READ (5.14)",
};

FIXTURE_VARIANT_ADD(kind, collapsed) {
	.make = make_collapsed, .lack = { ENOSYS },
	.needs = "MADV_COLLAPSE (6.1)",
};

FIXTURE_VARIANT_ADD(kind, advised) {
	.make = make_sequential,
};

FIXTURE_SETUP(kind)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	hz_watch_on(&self->watch, self->range,
		    "store to a huge-zero PMD of this kind of mapping");
}

FIXTURE_TEARDOWN(kind)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

#define MAKE_OR_SKIP() do { \
	int hz_err; \
	if (variant->locks) \
		NEED(HZ_NEED_LOCK); \
	hz_err = variant->make(self->range); \
	if (hz_err && (hz_err == -variant->lack[0] || \
		       hz_err == -variant->lack[1])) \
		HZ_SKIP("needs %s: %s", variant->needs, strerror(-hz_err)); \
	REQUIRE_OK(hz_err); \
} while (0)

TEST_F(kind, maps_huge_zero)
{
	MAKE_OR_SKIP();
	EXPECT_STATE(self->range, HZ_HUGE_ZERO);
	EXPECT_ALL_ZERO(self->range);
}

TEST_F(kind, store_installs_one_thp)
{
	NEED(HZ_NEED_WP_THP);
	MAKE_OR_SKIP();
	WATCHED(&self->watch, hz_store(self->range + PMD - 1, BYTE));
	EXPECT_STATE_AFTER(&self->watch, HZ_ANON_THP);
	EXPECT_FAULTS(&self->watch, 1);
}

TEST_F(kind, store_changes_only_its_byte)
{
	MAKE_OR_SKIP();
	hz_store(self->range + PMD - 1, BYTE);
	EXPECT_ONLY_BYTES(self->range, PMD, PMD - 1, 1, BYTE);
}

/* Locked memory is not to fault later, so it is written when it may be. */
TEST(locked_range_gets_its_thp_when_it_becomes_writable)
{
	struct hz_watch watch;
	struct hz_region r;

	hz_test_begin();
	NEED(HZ_NEED_WP_THP);
	REQUIRE_OK(hz_region_map(&r, 1, HZ_ADVISE_HUGE));
	REQUIRE_OK(mprotect(r.addr, PMD, PROT_READ));
	hz_read_fault(r.addr);
	NEED(HZ_NEED_LOCK);
	REQUIRE_OK(mlock(r.addr, PMD));
	REQUIRE_STATE(r.addr, HZ_HUGE_ZERO);
	hz_watch_on(&watch, r.addr, "mprotect of a locked huge-zero PMD");
	WATCHED(&watch, make_writable(r.addr));
	EXPECT_STATE_AFTER(&watch, HZ_ANON_THP);
	EXPECT_ALL_ZERO(r.addr);
	hz_region_unmap(&r);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* Locked when it is there, not before: reclaim is not to look at it. */
TEST(locked_thp_is_unevictable)
{
	struct hz_folio folio;
	struct hz_region r;

	hz_test_begin();
	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_KPAGEFLAGS);
	REQUIRE_OK(hz_region_map(&r, 1, HZ_ADVISE_HUGE));
	NEED(HZ_NEED_LOCK);
	REQUIRE_OK(syscall(SYS_mlock2, r.addr, PMD, MLOCK_ONFAULT));
	hz_read_fault(r.addr);
	hz_store(r.addr, BYTE);
	EXPECT_STATE(r.addr, HZ_ANON_THP);
	REQUIRE_OK(hz_look_folio(r.addr, &folio));
	EXPECT_NUMBER("UNEVICTABLE in kpageflags of the folio",
		      folio.head_flags >> HZ_KPF_UNEVICTABLE & 1, 1);
	hz_region_unmap(&r);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* It is nobody's memory: not to be locked, moved, or looked for on a node. */
FIXTURE(nobodys)
{
	struct hz_region region;
	char *range;
};

FIXTURE_SETUP(nobodys)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	hz_read_fault(self->range);
}

FIXTURE_TEARDOWN(nobodys)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(nobodys, lock_takes_none)
{
	const long half = PMD / PAGE / 2;
	long before, more = half + 1;
	int tries = 5;

	NEED(HZ_NEED_LOCK);
	/* Others lock, too: what is taken is taken each time. */
	while (more > half && tries--) {
		munlock(self->range, PMD);
		before = hz_vmstat("nr_mlock");
		REQUIRE_OK(syscall(SYS_mlock2, self->range, PMD,
				   MLOCK_ONFAULT));
		more = hz_vmstat("nr_mlock") - before;
	}
	EXPECT_STATE(self->range, HZ_HUGE_ZERO);
	EXPECT_NUMBER("pages locked each time", more > half ? more : 0, 0);
}

/* Once it is marked, it stays so, and none counts as locked any more. */
TEST_F(nobodys, lock_marks_none)
{
	NEED(HZ_NEED_KPAGEFLAGS);
	NEED(HZ_NEED_LOCK);
	REQUIRE_OK(syscall(SYS_mlock2, self->range, PMD, MLOCK_ONFAULT));
	REQUIRE_STATE(self->range, HZ_HUGE_ZERO);
	EXPECT_FLAGS(self->range, HZ_BIT(ZERO_PAGE), HZ_BIT(MLOCKED));
}

TEST_F(nobodys, node_is_not_told)
{
	EXPECT_NUMBER("node", hz_node_of(self->range), -EFAULT);
}

TEST_F(nobodys, move_pages_is_refused)
{
	EXPECT_NUMBER("move_pages", hz_move_page(self->range, 0), -EFAULT);
	EXPECT_STATE(self->range, HZ_HUGE_ZERO);
}

/* A THP as the fault left it, on another node. */
FIXTURE(migrated)
{
	struct hz_region region;
	struct hz_watch watch;
	struct hz_folio before;
	char *range;
};

FIXTURE_SETUP(migrated)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	hz_watch_on(&self->watch, self->range, "store to a THP that was migrated");
	hz_read_fault(self->range);
	hz_store(self->range, BYTE);
}

FIXTURE_TEARDOWN(migrated)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

#define MIGRATE() do { \
	NEED(HZ_NEED_WP_THP); \
	NEED(HZ_NEED_TWO_NODES); \
	REQUIRE_OK(hz_look_folio(self->range, &self->before)); \
	REQUIRE_OK(hz_move_page(self->range, !hz_node_of(self->range))); \
	REQUIRE_STATE(self->range, HZ_ANON_THP); \
} while (0)

TEST_F(migrated, store_costs_no_fault)
{
	MIGRATE();
	WATCHED(&self->watch, hz_store(self->range + PMD - 1, BYTE));
	EXPECT_FAULTS(&self->watch, 0);
}

TEST_F(migrated, folio_is_what_it_was)
{
	struct hz_folio now;

	NEED(HZ_NEED_KPAGEFLAGS);
	MIGRATE();
	REQUIRE_OK(hz_look_folio(self->range, &now));
	/* What was in the PMD alone is in the folio now. */
	EXPECT_NUMBER("kpageflags of all pages that came or went",
		      (now.flags_all ^ self->before.flags_all) &
		      ~(HZ_KPF_OF_THE_MOMENT | 1ull << HZ_KPF_DIRTY), 0);
}

/* After a fork the THP is the child's, too: it is to be copied first. */
TEST(thp_of_two_that_was_read_only_stays_apart)
{
	struct hz_child child;
	struct hz_region r;

	hz_test_begin();
	REQUIRE_OK(hz_region_map(&r, 1, HZ_ADVISE_HUGE));
	hz_read_fault(r.addr);
	hz_store(r.addr, BYTE);
	REQUIRE_OK(hz_child_start(&child));
	REQUIRE_OK(mprotect(r.addr, PMD, PROT_READ));
	REQUIRE_OK(make_writable(r.addr));
	hz_store(r.addr + PMD - 1, BYTE);
	EXPECT_CHILD_BYTES(&child, r.addr, PMD, 0, 1, BYTE);
	EXPECT_NUMBER("signal that ended the child", hz_child_stop(&child), 0);
	hz_region_unmap(&r);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST(thp_that_was_read_only_is_written_without_a_fault)
{
	struct hz_watch watch;
	struct hz_region r;

	hz_test_begin();
	NEED(HZ_NEED_WP_THP);
	REQUIRE_OK(hz_region_map(&r, 1, HZ_ADVISE_HUGE));
	hz_read_fault(r.addr);
	hz_store(r.addr, BYTE);
	REQUIRE_OK(mprotect(r.addr, PMD, PROT_READ));
	REQUIRE_OK(make_writable(r.addr));
	hz_watch_on(&watch, r.addr, "store to a THP, PROT_READ and back");
	WATCHED(&watch, hz_store(r.addr + PMD - 1, BYTE));
	EXPECT_FAULTS(&watch, 0);
	hz_region_unmap(&r);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* Guard regions are marks in a page table: the PMD is split for them. */
FIXTURE(guarded)
{
	struct hz_region region;
	char *range, *guard;
};

FIXTURE_SETUP(guarded)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	self->guard = self->range + 3 * PAGE;
	hz_read_fault(self->range);
}

FIXTURE_TEARDOWN(guarded)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

#define GUARD_OR_SKIP(at, len) do { \
	if (madvise(at, 0, MADV_GUARD_INSTALL)) \
		HZ_SKIP("needs MADV_GUARD_INSTALL (6.13)"); \
	REQUIRE_OK(madvise(at, len, MADV_GUARD_INSTALL)); \
} while (0)

TEST_F(guarded, page_traps_and_others_do_not)
{
	GUARD_OR_SKIP(self->guard, PAGE);
	EXPECT_NUMBER("signal of a load", signal_of_load(self->guard), SIGSEGV);
	EXPECT_NUMBER("signal of a store", hz_try_store(self->guard, 1),
		      SIGSEGV);
	EXPECT_NUMBER("signal of a load behind it",
		      signal_of_load(self->guard + PAGE), 0);
	EXPECT_NUMBER("signal of a store before it",
		      hz_try_store(self->guard - 1, 1), 0);
}

TEST_F(guarded, page_reads_zero_when_the_guard_is_gone)
{
	GUARD_OR_SKIP(self->guard, PAGE);
	hz_store(self->guard - 1, BYTE);
	REQUIRE_OK(madvise(self->guard, PAGE, MADV_GUARD_REMOVE));
	EXPECT_ONLY_BYTES(self->range, PMD, 3 * PAGE - 1, 1, BYTE);
}

TEST_F(guarded, range_traps_and_reads_zero_afterwards)
{
	GUARD_OR_SKIP(self->range, PMD);
	EXPECT_NUMBER("signal of a load", signal_of_load(self->range), SIGSEGV);
	EXPECT_NUMBER("signal of a store at its end",
		      hz_try_store(self->range + PMD - 1, 1), SIGSEGV);
	REQUIRE_OK(madvise(self->range, PMD, MADV_GUARD_REMOVE));
	hz_store(self->range + PAGE, BYTE);
	EXPECT_ONLY_BYTES(self->range, PMD, PAGE, 1, BYTE);
}

/* Others may change a huge page's protection meanwhile, but not each time. */
TEST(mprotect_counts_as_no_numa_hint)
{
	const char *name = "numa_huge_pte_updates";
	long was, least = LONG_MAX;
	struct hz_region r;
	int i;

	hz_test_begin();
	if (hz_vmstat(name) < 0)
		HZ_SKIP("needs %s in /proc/vmstat (CONFIG_NUMA_BALANCING)", name);
	REQUIRE_OK(hz_region_map(&r, 1, HZ_ADVISE_HUGE));
	hz_read_fault(r.addr);
	REQUIRE_STATE(r.addr, HZ_HUGE_ZERO);
	for (i = 0; i < 5; i++) {
		was = hz_vmstat(name);
		REQUIRE_OK(mprotect(r.addr, PMD, PROT_READ));
		REQUIRE_OK(mprotect(r.addr, PMD, PROT_READ | PROT_WRITE));
		was = hz_vmstat(name) - was;
		least = was < least ? was : least;
	}
	hz_region_unmap(&r);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
	EXPECT_NUMBER_OR_KNOWN(name, least, 0, 2,
			       "a change of protection counts as NUMA balancing");
}

/*
 * Between read and write the range, the process or the machine is told to have
 * no THP any more. Today's kernels install one all the same; which, is said,
 * but only bytes and books are judged.
 */
FIXTURE(ineligible)
{
	struct hz_region region;
	struct hz_watch watch;
	char max_ptes_none[64];
	char *range;
};

FIXTURE_VARIANT(ineligible)
{
	int (*forbid)(char *range);
	const char *knob;	/* that is set to "never" */
	const char *needs;	/* what the user may lack */
};

static int forbid_by_madvise(char *range)
{
	return madvise(range, PMD, MADV_NOHUGEPAGE) ? -errno : 0;
}

static int forbid_by_prctl(char *range)
{
	(void)range;
	return prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) ? -errno : 0;
}

FIXTURE_VARIANT_ADD(ineligible, by_madvise) {
	.forbid = forbid_by_madvise, .needs = "call madvise(2)",
};

FIXTURE_VARIANT_ADD(ineligible, by_prctl) {
	.forbid = forbid_by_prctl, .needs = "call prctl(2)",
};

FIXTURE_VARIANT_ADD(ineligible, by_sysfs) {
	.knob = "enabled", .needs = "write " HZ_THP_DIR "enabled",
};

FIXTURE_SETUP(ineligible)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	hz_watch_on(&self->watch, self->range,
		    "store to a huge-zero PMD that may have no THP any more");
	hz_read_fault(self->range);
	/* A write to "enabled" wakes khugepaged: nothing here is for it. */
	hz_knob_get("khugepaged/max_ptes_none", self->max_ptes_none,
		    sizeof(self->max_ptes_none));
	hz_knob_set("khugepaged/max_ptes_none", "0");
}

FIXTURE_TEARDOWN(ineligible)
{
	prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
	hz_knob_set("khugepaged/max_ptes_none", self->max_ptes_none);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* The knob is back before anything is judged: a control needs its THP. */
static int store_while_forbidden(char *range, int (*forbid)(char *range),
				 const char *knob)
{
	char was[64];
	int err;

	if (forbid) {
		err = forbid(range);
		if (!err)
			hz_store(range + PAGE, BYTE);
		return err;
	}
	err = hz_knob_get(knob, was, sizeof(was));
	if (!err)
		err = hz_knob_set(knob, "never");
	if (err)
		return err;
	hz_store(range + PAGE, BYTE);
	return hz_knob_set(knob, was);
}

#define STORE_OR_SKIP() do { \
	const int hz_err = store_while_forbidden(self->range, \
						 variant->forbid, \
						 variant->knob); \
	if (hz_err == -EACCES || hz_err == -EPERM || hz_err == -EROFS) \
		HZ_SKIP("needs to %s: %s", variant->needs, strerror(-hz_err)); \
	REQUIRE_OK(hz_err); \
} while (0)

TEST_F(ineligible, store_changes_only_its_byte)
{
	struct hz_view v;

	STORE_OR_SKIP();
	EXPECT_ONLY_BYTES(self->range, PMD, PAGE, 1, BYTE);
	hz_look(self->range, &v);
	printf("# outcome of today's kernel: %s\n", hz_state_name(v.state));
}

TEST_F(ineligible, store_is_counted_as_what_it_took)
{
	struct hz_view v;

	hz_watch_begin(&self->watch);
	STORE_OR_SKIP();
	hz_watch_end(&self->watch);
	hz_look(self->range, &v);
	EXPECT_NUMBER("anonymous pages where one was written", v.anon > 0,
		      true);
	EXPECT_RSS(&self->watch, v.anon * PAGE);
	EXPECT_NUMBER("Anonymous", hz_smaps(self->range, "Anonymous"),
		      v.anon * PAGE);
	EXPECT_NUMBER("faults", self->watch.after.faults -
				self->watch.before.faults, 1);
}

/* The policy of the range, or of the process, says on which node. */
FIXTURE(policy)
{
	struct hz_region region;
	struct hz_watch watch;
	char *range;
};

FIXTURE_VARIANT(policy)
{
	int mode, node;
	bool of_process;
};

FIXTURE_VARIANT_ADD(policy, mbind_node_0) {
	.mode = MPOL_BIND, .node = 0,
};

FIXTURE_VARIANT_ADD(policy, mbind_node_1) {
	.mode = MPOL_BIND, .node = 1,
};

FIXTURE_VARIANT_ADD(policy, preferred_node_0) {
	.mode = MPOL_PREFERRED, .node = 0,
};

FIXTURE_VARIANT_ADD(policy, preferred_node_1) {
	.mode = MPOL_PREFERRED, .node = 1,
};

FIXTURE_VARIANT_ADD(policy, process_bound_to_node_0) {
	.mode = MPOL_BIND, .node = 0, .of_process = true,
};

FIXTURE_VARIANT_ADD(policy, process_bound_to_node_1) {
	.mode = MPOL_BIND, .node = 1, .of_process = true,
};

FIXTURE_SETUP(policy)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	hz_watch_on(&self->watch, self->range,
		    "store to a huge-zero PMD that has a policy");
	hz_read_fault(self->range);
}

FIXTURE_TEARDOWN(policy)
{
	syscall(SYS_set_mempolicy, 0, NULL, 0);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

static int set_policy(char *range, int mode, int node, bool of_process)
{
	unsigned long mask = 1ul << node, bits = 8 * sizeof(mask);
	long err = of_process ?
		   syscall(SYS_set_mempolicy, mode, &mask, bits) :
		   syscall(SYS_mbind, range, PMD, mode, &mask, bits, 0);

	return err ? -errno : 0;
}

#define POLICY_OR_SKIP() do { \
	NEED(HZ_NEED_TWO_NODES); \
	REQUIRE_OK(set_policy(self->range, variant->mode, variant->node, \
			      variant->of_process)); \
} while (0)

TEST_F(policy, thp_lands_on_its_node)
{
	NEED(HZ_NEED_WP_THP);
	POLICY_OR_SKIP();
	WATCHED(&self->watch, hz_store(self->range + PMD - 1, BYTE));
	EXPECT_STATE_AFTER(&self->watch, HZ_ANON_THP);
	EXPECT_NUMBER("node of the first page", hz_node_of(self->range),
		      variant->node);
	EXPECT_NUMBER("node of the last page",
		      hz_node_of(self->range + PMD - 1), variant->node);
}

TEST_F(policy, leaves_huge_zero_where_it_is)
{
	POLICY_OR_SKIP();
	EXPECT_STATE(self->range, HZ_HUGE_ZERO);
	EXPECT_ALL_ZERO(self->range);
}

/*
 * Memory that was read and then written, bound to one node, and one page in the
 * midst of it to the other; beside it the same of base pages.
 */
FIXTURE(bound)
{
	struct hz_region region, base;
	char *range;
};

FIXTURE_VARIANT(bound)
{
	bool split;
};

FIXTURE_VARIANT_ADD(bound, thp) {
	.split = false,
};

FIXTURE_VARIANT_ADD(bound, split_thp) {
	.split = true,
};

FIXTURE_SETUP(bound)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	ASSERT_EQ(0, hz_region_map(&self->base, 1, HZ_ADVISE_BASE));
	self->range = self->region.addr;
	hz_read_fault(self->range);
	memset(self->range, BYTE, PMD);
	memset(self->base.addr, BYTE, PMD);
}

FIXTURE_TEARDOWN(bound)
{
	hz_region_unmap(&self->region);
	hz_region_unmap(&self->base);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* Binds what is there, and what is still to come. 0 or -errno. */
static int bind_all(char *at, long len, int node)
{
	unsigned long mask = 1ul << node;

	return syscall(SYS_mbind, at, len, MPOL_BIND, &mask, 8 * sizeof(mask),
		       MPOL_MF_MOVE) ? -errno : 0;
}

static long pages_on(const char *range, int node)
{
	long n = 0, at;

	for (at = 0; at < PMD; at += PAGE)
		n += hz_node_of(range + at) == node;
	return n;
}

TEST_F(bound, page_of_another_policy_moves_alone)
{
	const long at = PMD / 2 + PAGE;
	char *base = self->base.addr;
	int away;

	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_TWO_NODES);
	REQUIRE_STATE(self->range, HZ_ANON_THP);
	away = !hz_node_of(self->range);
	REQUIRE_OK(bind_all(base, PMD, !away));
	REQUIRE_OK(bind_all(self->range, PMD, !away));
	EXPECT_NUMBER("base pages where they are bound to",
		      pages_on(base, !away), hz_pmd_pages());
	EXPECT_NUMBER("pages where they are bound to",
		      pages_on(self->range, !away), hz_pmd_pages());
	if (variant->split) {
		REQUIRE_OK(mprotect(self->range, PAGE, PROT_READ));
		REQUIRE_STATE(self->range, HZ_PAGE_TABLE);
	}
	REQUIRE_OK(bind_all(base + at, PAGE, away));
	REQUIRE_OK(bind_all(self->range + at, PAGE, away));
	EXPECT_NUMBER("node of the base page", hz_node_of(base + at), away);
	EXPECT_NUMBER("other base pages that moved", pages_on(base, away) - 1,
		      0);
	EXPECT_NUMBER("node of the page", hz_node_of(self->range + at), away);
	EXPECT_ONLY_BYTES(self->range, PMD, 0, PMD, BYTE);
	EXPECT_NUMBER_OR_KNOWN("other pages that moved",
			       pages_on(self->range, away) - 1, 0,
			       hz_pmd_pages() - 1,
			       "mbind() of a page moves all of its THP");
}

/* Node of what MADV_COLLAPSE makes of a split huge zero PMD, or -errno. */
static int node_of_collapsed(char *range, int node)
{
	int err = hz_range_renew(range);

	if (!err)
		err = bind_all(range, PMD, node);
	if (err)
		return err;
	hz_read_fault(range);
	err = hz_range_map_by_pages(range);
	if (!err)
		err = advise(range, MADV_COLLAPSE);
	return err ? err : hz_node_of(range);
}

/* Whether who writes first to a range that is bound to @node gets a THP. */
static bool has_huge_page(char *range, int node)
{
	struct hz_view v;

	if (hz_range_renew(range) || bind_all(range, PMD, node))
		return false;
	hz_store(range, BYTE);
	hz_look(range, &v);
	return v.state == HZ_ANON_THP;
}

TEST(collapse_of_zero_pages_goes_where_it_is_bound_to)
{
	struct hz_region r;
	int node;

	hz_test_begin();
	NEED(HZ_NEED_TWO_NODES);
	NEED_MEMORY(2 * PMD);
	REQUIRE_OK(hz_region_map(&r, 1, HZ_ADVISE_HUGE));
	for (node = 0; node < 2; node++)
		if (!has_huge_page(r.addr, node))
			HZ_SKIP("needs a free huge page on node %d", node);
	node = node_of_collapsed(r.addr, 0);
	if (node == -EINVAL)
		HZ_SKIP("needs MADV_COLLAPSE that takes zero pages");
	EXPECT_NUMBER("node of what is bound to 0", node, 0);
	EXPECT_STATE(r.addr, HZ_ANON_THP);
	EXPECT_NUMBER_OR_KNOWN("node of what is bound to 1",
			       node_of_collapsed(r.addr, 1), 1, 0,
			       "MADV_COLLAPSE of zero pages goes to node 0");
	EXPECT_STATE(r.addr, HZ_ANON_THP);
	hz_region_unmap(&r);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/*
 * Moves all pages to @node by one call. Of how many it says that they moved
 * though they did not, or that they did not though they moved; or -errno.
 */
static long move_and_compare(char *range, int node)
{
	size_t n = hz_pmd_pages(), i;
	int *nodes = calloc(n, sizeof(*nodes));
	int *status = calloc(n, sizeof(*status));
	void **pages = calloc(n, sizeof(*pages));
	long wrong = -ENOMEM;

	for (i = 0; nodes && pages && i < n; i++) {
		pages[i] = range + i * PAGE;
		nodes[i] = node;
	}
	if (nodes && status && pages)
		wrong = syscall(SYS_move_pages, 0, n, pages, nodes, status,
				MPOL_MF_MOVE) < 0 ? -errno : 0;
	for (i = 0; wrong >= 0 && i < n; i++)
		wrong += (status[i] == node) != (hz_node_of(pages[i]) == node);
	free(nodes);
	free(status);
	free(pages);
	return wrong;
}

TEST_F(bound, move_pages_tells_which_pages_moved)
{
	int away;

	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_TWO_NODES);
	REQUIRE_STATE(self->range, HZ_ANON_THP);
	if (variant->split) {
		REQUIRE_OK(mprotect(self->range, PAGE, PROT_READ));
		REQUIRE_STATE(self->range, HZ_PAGE_TABLE);
	}
	away = !hz_node_of(self->range);
	EXPECT_NUMBER("base pages of which it is told wrong",
		      move_and_compare(self->base.addr, away), 0);
	EXPECT_NUMBER_OR_KNOWN("pages of which it is told wrong",
			       move_and_compare(self->range, away), 0, 1,
			       "move_pages() says that a page of a THP is busy that it moved");
	EXPECT_ONLY_BYTES(self->range, PMD, 0, PMD, BYTE);
}

/*
 * Pages of an interleaved mapping take their nodes in turn, counted from where
 * the mapping begins: here half a huge page before the range.
 */
FIXTURE(interleaved)
{
	struct hz_region region;
	char *range;
};

FIXTURE_SETUP(interleaved)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 2, HZ_ADVISE_HUGE));
	self->range = self->region.addr + PMD;
	ASSERT_EQ(0, mprotect(self->region.addr, PMD / 2, PROT_NONE));
}

FIXTURE_TEARDOWN(interleaved)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/* Node of the THP that a store at @offset gets, or -1. */
static int node_by_store(char *range, long offset)
{
	int node;

	hz_read_fault(range);
	hz_store(range + offset, BYTE);
	node = hz_node_of(range);
	return madvise(range, PMD, MADV_DONTNEED) ? -1 : node;
}

TEST_F(interleaved, node_does_not_depend_on_the_byte)
{
	const unsigned long both = 3;
	int first, last;

	NEED(HZ_NEED_WP_THP);
	NEED(HZ_NEED_TWO_NODES);
	ASSERT_EQ(0, syscall(SYS_mbind, self->range - PMD / 2, PMD + PMD / 2,
			     MPOL_INTERLEAVE, &both, 8 * sizeof(both), 0));
	first = node_by_store(self->range, 0);
	last = node_by_store(self->range, PMD - 1);
	EXPECT_NUMBER("node by the first byte, below 0: none", first < 0, 0);
	EXPECT_NUMBER("node by the last byte", last, first);
}

HZ_MAIN
