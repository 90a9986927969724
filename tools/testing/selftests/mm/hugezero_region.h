/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PMD-aligned private anonymous ranges, and bystanders that share nothing with
 * them but the huge zero folio. Makes and touches memory; neither observes nor
 * judges.
 */
#ifndef HUGEZERO_REGION_H
#define HUGEZERO_REGION_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct hz_view;

/* kselftest.h has the same. */
#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif

/* Bytes a PMD maps; 0 on a kernel without THP (no hpage_pmd_size, 4.11). */
size_t hz_pmd_size(void);
size_t hz_page_size(void);
/* Base pages in one PMD range. */
size_t hz_pmd_pages(void);

/*
 * @nr PMD ranges in a VMA of their own: PROT_NONE on both sides keeps the VMA
 * from being merged with its neighbours, so that smaps speaks of it alone.
 */
struct hz_region {
	char *addr;
	size_t nr;
	char *reserve;
	size_t reserve_size;
};

enum hz_advice {
	HZ_ADVISE_HUGE,		/* MADV_HUGEPAGE */
	HZ_ADVISE_BASE,		/* MADV_NOHUGEPAGE */
	HZ_ADVISE_NOTHING,
};

/* Maps @nr untouched ranges. Returns 0 or -errno. No privilege. */
int hz_region_map(struct hz_region *r, size_t nr, enum hz_advice advice);
/* The same within the reserve of a larger mapping: @nr ranges, @spare after. */
int hz_region_map_spare(struct hz_region *r, size_t nr, size_t spare,
			enum hz_advice advice);
/*
 * Bytes below which ranges share the table that holds their PMDs; a multiple
 * of that, at least. Between two such tables the kernel moves what belongs to
 * a range by other code than within one.
 */
size_t hz_table_span(void);
/*
 * Maps @nr ranges @from ranges behind (or before) a border of two such tables.
 * The reserve goes on for @spans of them on either side.
 */
int hz_region_map_at_border(struct hz_region *r, size_t nr, long from,
			    size_t spans);
/* Maps one of its ranges anew, without so much as a page table. 0 or -errno. */
int hz_range_renew(char *range);
/*
 * The same, and reads from it: huge zero without a past. A range that was
 * split keeps its page table until it is unmapped.
 */
void hz_range_read_anew(void *range);
void hz_region_unmap(struct hz_region *r);
char *hz_range(const struct hz_region *r, size_t i);

/*
 * Brings the upper-level page tables of a range into being and leaves it
 * empty. VmPTE counts tables of all levels, and whether a range is the first of
 * its upper-level table is a matter of where mmap happened to put it.
 */
void hz_range_warm(char *range);

/*
 * Protects a page of the range and takes that back: the kernel maps the range
 * page by page from then on. Returns 0 or -errno.
 */
int hz_range_map_by_pages(char *range);

/*
 * madvise(2) of @len bytes. Returns 0 or -errno; -ENOSYS where this kernel knows
 * no such advice: it is refused of no memory at all, too.
 */
int hz_advise(char *addr, size_t len, int advice);

/* Where the mapping that holds @addr ends, or NULL (/proc/self/maps). */
char *hz_mapping_end(const char *addr);
/* To the next of @all processors after this one, or to the first. */
void hz_go_to_next_cpu(const cpu_set_t *all);
/*
 * MADV_PAGEOUT of @n pages until none of them is mapped, for what is under
 * write-back or on another CPU's list is left: on each CPU at most once, and
 * 100 times more. Returns 0, though some may be left, or -errno.
 */
int hz_page_out_pages(char *addr, size_t n);
/* The same of the PMD range; @v is what is there then. */
int hz_page_out(char *range, struct hz_view *v);
/* Moves the page at @addr, and those it is one folio with. 0 or -errno. */
int hz_move_page(char *addr, int node);
/* All base pages of a range at once. How many stayed, or -errno. */
long hz_move_range(char *range, int node);
/* The same of @n pages of a process: of another user's, CAP_SYS_PTRACE. */
long hz_move_pages_of(pid_t pid, char *at, size_t n, int node);

/* One load; the value read. */
char hz_read_fault(const char *addr);
/* One load of each of the @len / page size pages. */
void hz_read_all(const char *addr, size_t len);
/* One store of one byte. */
void hz_store(char *addr, char value);

/* Offset of the first byte in [addr, addr + len) that is not zero, or -1. */
ssize_t hz_first_nonzero(const char *addr, size_t len);
/*
 * The same, but the bytes from @from (@n of them) are to be @value. Reports
 * the offset of the first byte that is not what it is to be, or -1.
 */
ssize_t hz_first_wrong(const char *addr, size_t len, size_t from, size_t n,
		       char value);

/*
 * Takes every fault that this process would take by running its own code and
 * using its own data and stack, so that a fault count that follows counts
 * only what a test does. A forked child starts without file page tables and
 * with write-protected anonymous pages.
 */
void hz_settle(void);
/*
 * Only remembers what that would touch, for then: a test calls it before it
 * maps anything, and most tests count no fault.
 */
void hz_settle_later(void);
/*
 * Whether @addr was in what that would touch, the stack included, when one of
 * the two was called last.
 */
bool hz_is_own(const void *addr);

/* Another process that maps one huge zero PMD of its own. */
struct hz_bystander {
	pid_t pid;
	int ask;		/* a socket */
};

struct hz_bystander_report {
	int state;		/* enum hz_state of its range */
	ssize_t nonzero;	/* offset of its first byte that is not 0, or -1 */
};

/* Starts it and waits until it has read. Returns 0 or -errno. */
int hz_bystander_start(struct hz_bystander *b);
/* What it sees now. Returns 0, or -errno when it is gone. */
int hz_bystander_ask(struct hz_bystander *b, struct hz_bystander_report *rep);
void hz_bystander_stop(struct hz_bystander *b);

#endif /* HUGEZERO_REGION_H */
