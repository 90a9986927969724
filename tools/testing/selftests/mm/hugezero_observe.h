/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only code that reads pagemap, PAGEMAP_SCAN, kpageflags, smaps, vmstat
 * and mTHP statistics. It says what is there and how it knows;
 * it never judges.
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

/* Microseconds since some moment before the program began. */
long hz_now(void);

/* One kB field of the VMA that holds @addr (/proc/self/smaps), bytes, or -1. */
long hz_smaps(const void *addr, const char *field);
/* All kB fields of that VMA, in the kernel's order. Returns their number. */
struct hz_smaps_field {
	char name[32];
	long bytes;
};

int hz_smaps_all(const void *addr, struct hz_smaps_field *f, int max);

/* One kB field of /proc/self/status, bytes, or -1. */
long hz_status(const char *field);
/*
 * Whether RssAnon in status is summed up when it is read. It is a per-CPU
 * counter since 6.2, and was read without that up to 6.16, fixes in stable
 * kernels apart: it is tried, once a process.
 */
bool hz_rss_is_exact(void);
/*
 * How far it may be off, bytes: a quarter of a PMD or less where it is exact,
 * and more than a PMD where pages are large or processors many.
 */
long hz_rss_slack(void);

/* After which RCU has freed a page table, microseconds. */
#define HZ_RCU_US	50000

/* One line of /proc/vmstat, or -1 when this kernel has no such counter. */
long hz_vmstat(const char *name);
/* hugepages-<PMD size>/stats/@name (since 6.10), or -1. */
long hz_mthp_stat(const char *name);

/*
 * Whether anybody but this run may hold the huge zero folio, so that it cannot
 * be freed: @by says who. Takes long.
 */
bool hz_huge_zero_may_be_held(char *by, size_t size);

/* NUMA node of the page at @addr, or -errno: -EFAULT zero, -ENOENT absent. */
int hz_node_of(const void *addr);
/* Free blocks that could serve a PMD-sized folio (/proc/buddyinfo), or -1. */
long hz_free_huge_blocks(void);
/* MemAvailable and MemFree, bytes, or -1. */
long hz_mem_available(void);
long hz_mem_free(void);

/* Pages that were written since they were protected last: PAGEMAP_SCAN. */
struct hz_written {
	size_t pages;
	ssize_t first;		/* index, or -1 */
};

enum hz_scan_how {
	HZ_SCAN_ONLY = 0,
	HZ_SCAN_AND_PROTECT = 1,	/* each that it finds */
	HZ_SCAN_IF_ASYNC = 2,	/* -EPERM where write protection is not that */
};

/*
 * Of [addr, addr + len), which userfaultfd is to protect; not more than @max
 * pages unless that is 0. Returns 0 or -errno.
 */
int hz_scan_written(const void *addr, size_t len, int how, size_t max,
		    struct hz_written *w);

/* A word of PAGEMAP_SCAN's for a page: include/uapi/linux/fs.h. */
enum hz_category {
	HZ_SCAN_PFNZERO = 5,
	HZ_SCAN_SOFT_DIRTY = 7,	/* since 6.8 */
};

/*
 * Pages of the PMD range that PAGEMAP_SCAN says it of, or -errno: -EINVAL where
 * the kernel has no such word.
 */
long hz_scan_pages(const void *range, enum hz_category category);
/* Protects these pages, and asks for a list of them or not. 0 or -errno. */
int hz_scan_protect(const void *range, enum hz_category category, bool listed);

/* From here on soft-dirty means written since now. Returns 0 or -errno. */
int hz_clear_soft_dirty(void);

/* All that one write to a huge zero PMD should move. */
struct hz_counters {
	long faults;		/* hz_faults_of_test() */
	long rss_anon;		/* bytes, within hz_rss_slack() */
	long page_tables;	/* bytes */
	long thp_fault_alloc, thp_fault_fallback, thp_split_pmd;
};

/* Reads them; the fault count last, or first when @end. */
void hz_count(struct hz_counters *c, bool end);

#endif /* HUGEZERO_OBSERVE_H */
