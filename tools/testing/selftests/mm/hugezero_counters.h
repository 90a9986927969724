/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel counts and tells in text: smaps, status, vmstat, meminfo,
 * buddyinfo. Changes nothing.
 */
#ifndef HUGEZERO_COUNTERS_H
#define HUGEZERO_COUNTERS_H

#include <stdbool.h>

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
/* Bytes in the field @name of these @n, or -1. */
long hz_smaps_value(const struct hz_smaps_field *f, int n, const char *name);

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

/* The number that a file begins with, or -1: "max" is none. */
long hz_number_of(const char *path);
/* One line of /proc/vmstat, or -1 when this kernel has no such counter. */
long hz_vmstat(const char *name);
/* hugepages-<PMD size>/stats/@name (since 6.10), or -1. */
long hz_mthp_stat(const char *name);

/* Free blocks that could serve a PMD-sized folio (/proc/buddyinfo), or -1. */
long hz_free_huge_blocks(void);
/* MemAvailable and MemFree, bytes, or -1. */
long hz_mem_available(void);
long hz_mem_free(void);

/* All that one write to a huge zero PMD should move. */
struct hz_counters {
	long faults;		/* hz_faults_of_test() */
	long rss_anon;		/* bytes, within hz_rss_slack() */
	long page_tables;	/* bytes */
	long thp_fault_alloc, thp_fault_fallback, thp_split_pmd;
};

/* Reads them; the fault count last, or first when @end. */
void hz_count(struct hz_counters *c, bool end);

#endif /* HUGEZERO_COUNTERS_H */
