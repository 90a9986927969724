/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a test needs of a kernel, a machine and its user, declared in one word
 * and probed once; and the control that a huge page is to be had at all.
 */
#ifndef HUGEZERO_NEED_H
#define HUGEZERO_NEED_H

#include <stdbool.h>
#include <stddef.h>

#include "hugezero_observe.h"

enum hz_need {
	HZ_NEED_WP_THP,		/* a wp-fault installs a THP: 6.13 */
	HZ_NEED_KPAGEFLAGS,	/* kpageflags, kpagecount, PFNs in pagemap */
	HZ_NEED_PAGEMAP_SCAN,	/* 6.7 */
	HZ_NEED_SOFT_DIRTY,	/* CONFIG_MEM_SOFT_DIRTY */
	HZ_NEED_MEMCG,		/* a memory cgroup of its own */
	HZ_NEED_MEMCG_THP,	/* ... that counts huge pages in time: 5.11 */
	HZ_NEED_MEMCG_FAULTS,	/* ... and each page fault: 5.12 */
	HZ_NEED_MEMCG_V2,	/* ... whose memory.stat has THP events */
	HZ_NEED_PTE_KB,		/* page tables that VmPTE's kB can tell */
	HZ_NEED_MTHP_STATS,	/* hugepages-<size>/stats: 6.10 */
	HZ_NEED_SPLIT_FOLIO,	/* debugfs split_huge_pages of a process */
	HZ_NEED_KHUGEPAGED,	/* its knobs can be written */
	HZ_NEED_TWO_NODES,
	HZ_NEED_SWAP,
	HZ_NEED_KMSG,
	HZ_NEED_FAIL_PAGE_ALLOC,	/* allocations that fail on demand */
	HZ_NEED_UFFD,		/* userfaultfd, of user mode at least */
	HZ_NEED_UFFD_KERNEL,	/* ... of the kernel's own faults, too */
	HZ_NEED_UFFD_WP,	/* write protection: 5.7 */
	HZ_NEED_UFFD_FORK,	/* the child's faults: CAP_SYS_PTRACE */
	HZ_NEED_UFFD_WP_UNPOPULATED,	/* 6.4 */
	HZ_NEED_UFFD_WP_ASYNC,	/* 6.7 */
	HZ_NEED_UFFD_MOVE,	/* 6.8 */
	HZ_NEED_UFFD_MOVE_CLEAN, /* of base pages: 6.15 */
	HZ_NEED_UFFD_RWP,	/* read-write protection: 7.3 */
	HZ_NEED_UFFD_RWP_ASYNC,	/* ... that the kernel undoes itself */
	HZ_NEED_GUP_TEST,	/* pins on demand */
	HZ_NEED_ZERO_COUNT,	/* thp_zero_page_alloc counts no loser: 6.1 */
	HZ_NEED_DROP_SLAB,	/* shrinkers on demand */
	HZ_NEED_LOCK,		/* two huge pages that are locked or pinned */
	HZ_NEED_UNDERUSED,	/* the shrinker of underused THPs: 6.12 */
	HZ_NEED_NR,
};

/* Probes every need. Call it once, settings and observation being ready. */
void hz_needs_probe(void);
/* NULL when it is there, or else what is missing, by its exact name. */
const char *hz_missing(enum hz_need need);
/* The same of @bytes of memory. */
const char *hz_missing_memory(size_t bytes);

enum hz_control {
	HZ_CONTROL_THP,		/* a write-first range got its THP */
	HZ_CONTROL_NO_MEMORY,	/* it did not, for want of a free huge page */
	HZ_CONTROL_REFUSED,	/* it did not, though huge pages are free */
};

/*
 * Writes first to a fresh range, now. @words says what was seen. The answer
 * NO_MEMORY is only given when an allocation failed and the allocator has next
 * to no free block of that size.
 */
enum hz_control hz_control(char *words, size_t size);
/*
 * The same by a child, before any test and after hz_needs_probe(): a kernel
 * that takes all memory for one store takes no more than what the limit of a
 * memory cgroup allows, where there can be one.
 */
enum hz_control hz_control_at_first(char *words, size_t size);

/* Next to no free block could serve one, or a memory cgroup's limit is near. */
bool hz_huge_pages_are_few(void);

/*
 * Whether fresh ranges are @want now: of HZ_HUGE_ZERO one that is read, of
 * HZ_ANON_THP those that are then written at either end and in the middle.
 */
bool hz_next_range_is(enum hz_state want);

/*
 * Whether memory that is only read takes a page of its own, be it huge or base
 * pages: a kernel may forbid zero pages to a process as a whole
 * (mm_forbids_zeropage(); s390 does where guests have storage keys). Then
 * there is no huge zero page to write to.
 */
bool hz_zero_page_is_forbidden(void);

/*
 * Opens a file of debugfs, and mounts that for this process alone where it is
 * not mounted. The descriptor or -errno. Root, CONFIG_DEBUG_FS.
 */
int hz_open_debugfs(const char *path, int flags);
/* Splits the huge folio at @range through debugfs. 0 or -errno. */
int hz_split_folio(const void *range);

#endif /* HUGEZERO_NEED_H */
