/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What maps a range, and which pages: by pagemap, PAGEMAP_SCAN, kpageflags,
 * move_pages() and smaps. It says what is there and how it knows; it never
 * judges.
 */
#ifndef HUGEZERO_OBSERVE_H
#define HUGEZERO_OBSERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hz_state {
	HZ_EMPTY,		/* nothing is mapped */
	HZ_HUGE_ZERO,		/* one PMD maps the huge zero folio */
	HZ_ANON_THP,		/* one PMD maps an anonymous huge folio */
	HZ_PAGE_TABLE,		/* a page table of base pages */
	HZ_SWAPPED_PMD,		/* a PMD-sized swap or migration entry */
	HZ_MIXED,		/* parts of it are PMD-mapped, parts are not */
	HZ_UNMAPPED,		/* no VMA covers all of it */
	HZ_UNKNOWN,		/* no oracle of this kernel can tell */
};

/* What a range of one PMD's size maps. */
struct hz_view {
	enum hz_state state;
	size_t pages;		/* base pages in the range */
	size_t anon, zero, absent, swapped, file;
	size_t large;		/* of @anon: parts of a large folio */
	ssize_t first_anon;	/* its index, or -1 */
	char picture[68];	/* the range in one line of text */
	char oracles[64];	/* what this was read from */
	char conflict[200];	/* two oracles that disagree, or "" */
};

/* Learns which oracles this kernel has and may be trusted. Call it once. */
void hz_observe_init(void);
/* The oracles, as one word with commas. */
const char *hz_oracles(void);
bool hz_have_pagemap_scan(void);
/* kpageflags and PFNs in pagemap: CAP_SYS_ADMIN, CONFIG_PROC_PAGE_MONITOR. */
bool hz_have_kpageflags(void);

/* Looks at the PMD range that starts at @range. Never faults it in. */
void hz_look(const void *range, struct hz_view *v);
const char *hz_state_name(enum hz_state state);
/* The view in words, counts of pages included. Returns @buf. */
char *hz_view_words(const struct hz_view *v, char *buf, size_t size);

/* The physical pages under a range. */
struct hz_folio {
	uint64_t pfn;		/* of the first page; 0: not to be seen */
	bool contiguous;	/* each page follows the one before */
	bool aligned;		/* the first PFN is a multiple of the pages */
	bool one_compound;	/* first page a head, all others tails */
	size_t present, exclusive, soft_dirty, uffd_wp;	/* pagemap, pages */
	/* kpageflags that all pages have, and that any page has. */
	uint64_t flags_all, flags_any;
	uint64_t head_flags;
	uint64_t mapcount_min, mapcount_max;	/* kpagecount */
};

/*
 * Bit numbers of kpageflags: include/uapi/linux/kernel-page-flags.h; from 32
 * on include/linux/kernel-page-flags.h.
 */
enum hz_kpf {
	HZ_KPF_UPTODATE = 3, HZ_KPF_DIRTY = 4, HZ_KPF_LRU = 5, HZ_KPF_MMAP = 11,
	HZ_KPF_ANON = 12,
	HZ_KPF_SWAPBACKED = 14, HZ_KPF_COMPOUND_HEAD = 15,
	HZ_KPF_COMPOUND_TAIL = 16, HZ_KPF_UNEVICTABLE = 18, HZ_KPF_KSM = 21,
	HZ_KPF_THP = 22, HZ_KPF_ZERO_PAGE = 24,
	HZ_KPF_MLOCKED = 33,
};

/* LOCKED, REFERENCED, ACTIVE and IDLE tell of the moment, not of the fault. */
#define HZ_KPF_OF_THE_MOMENT (1ull << 0 | 1ull << 2 | 1ull << 6 | 1ull << 25)

/*
 * Returns 0 or -errno. pagemap's own bits need no privilege; PFNs, flags and
 * counts need what hz_have_kpageflags() says, and are 0 without.
 */
int hz_look_folio(const void *range, struct hz_folio *f);
/*
 * Whether a compound page begins at @pfn that is somebody's, but neither
 * mapped nor on the LRU nor of a known use: a folio that was lost. By
 * kpageflags and kpagecount.
 */
bool hz_folio_is_lost(uint64_t pfn);
/* Of those, all of the machine that are PMD-sized, or could be. */
long hz_lost_huge_folios(void);
/* kpageflags of one page frame, whoever has it; 0 where they are not told. */
uint64_t hz_flags_of_frame(uint64_t pfn);
/* Names of the kpageflags bits in @flags, with commas. Returns @buf. */
char *hz_kpf_names(uint64_t flags, char *buf, size_t size);

/*
 * Whether anybody but this run may hold the huge zero folio, so that it cannot
 * be freed: @by says who. Takes long.
 */
bool hz_huge_zero_may_be_held(char *by, size_t size);

/*
 * How many of the @n pages from @addr are mapped, or being moved as far as this
 * process may see it (pagemap). No privilege.
 */
size_t hz_mapped_pages(const void *addr, size_t n);

/* Pages of the PMD range that mincore(2) says are in memory, or -errno. */
long hz_resident_pages(void *range);

/* NUMA node of the page at @addr, or -errno: -EFAULT zero, -ENOENT absent. */
int hz_node_of(const void *addr);
#endif /* HUGEZERO_OBSERVE_H */
