/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A memory cgroup of a test's own, on the version 1 or 2 hierarchy, whichever
 * has the controller. What it counts is this test's alone.
 */
#ifndef HUGEZERO_MEMCG_H
#define HUGEZERO_MEMCG_H

#include <stdbool.h>
#include <stddef.h>

struct hz_memcg {
	char dir[400];
	char home[400];		/* cgroup.procs of where the process was */
};

/*
 * Finds where a memory cgroup may be made. Returns true, or @why says what is
 * missing. Root, or a delegated cgroup. Call it once, before any test.
 */
bool hz_memcg_init(char *why, size_t size);
/* 1 or 2: cgroup version of the memory controller; 0 without one. */
int hz_memcg_version(void);

/* Makes a cgroup; nobody is in it yet. Returns 0 or -errno. */
int hz_memcg_create(struct hz_memcg *cg, const char *name);
/* Moves the calling process there, and back. Return 0 or -errno. */
int hz_memcg_enter(struct hz_memcg *cg);
int hz_memcg_leave(struct hz_memcg *cg);
/* Leaves and removes it. Returns 0 or -errno. */
int hz_memcg_destroy(struct hz_memcg *cg);

/* Bytes charged now (memory.current, memory.usage_in_bytes), or -1. */
long hz_memcg_usage(const struct hz_memcg *cg);
/*
 * The same, once it is at most @most or some seconds have passed: page tables
 * that were unmapped are freed when all processors are through with them (RCU).
 */
long hz_memcg_usage_settled(const struct hz_memcg *cg, long most);
/* The most that was ever charged; -1 where it is not told (v2 before 5.19). */
long hz_memcg_peak(const struct hz_memcg *cg);
/* Lets it have @bytes, or any number (-1). Returns 0 or -errno. */
int hz_memcg_limit(const struct hz_memcg *cg, long bytes);
/* Keeps reclaim from swapping its memory out. Returns 0 or -errno. */
int hz_memcg_forbid_swap(const struct hz_memcg *cg);
/* Tries to take @bytes from it, or all (version 1); v2 can since 5.19. */
void hz_memcg_reclaim(const struct hz_memcg *cg, long bytes);
/* Processes that the OOM killer chose in it, or -1. */
long hz_memcg_oom_kills(const struct hz_memcg *cg);
/*
 * How far usage may be off, bytes: each CPU keeps a stock of up to 64 pages
 * that are charged already, and page tables and such are charged, too.
 */
long hz_memcg_slack(void);
/* Keeps this task to the CPU that it is on, and its cgroup to one stock. */
void hz_memcg_one_stock(void);

/*
 * The same of a cgroup that nobody is in any more, once it is at most @most or
 * some seconds have passed: stocks and what reclaim can take are given back
 * first, and the kernel frees stacks and page tables of the dead a bit later.
 */
long hz_memcg_usage_drained(const struct hz_memcg *cg, long most);

/*
 * Bytes that the limits of the calling process's cgroup and of those above it
 * leave; -1 where there is no limit, or none to be seen. No privilege.
 */
long hz_memcg_room(void);

/* What memory.stat calls it, on either version. */
enum hz_memcg_stat {
	HZ_MEMCG_ANON,		/* bytes: anon; rss */
	HZ_MEMCG_ANON_THP,	/* bytes: anon_thp; rss_huge */
	HZ_MEMCG_FAULTS,	/* pgfault */
	HZ_MEMCG_THP_FAULT_ALLOC,	/* version 2 only */
	HZ_MEMCG_PAGE_TABLES,	/* bytes; version 2 only, since 5.11 */
};

/* One value of memory.stat, or -1 when this kernel has no such line. */
long hz_memcg_stat(const struct hz_memcg *cg, enum hz_memcg_stat what);
/*
 * The same, once it is @want or some seconds have passed: per-CPU parts of
 * memory.stat may be summed up only every two seconds. The caller is to be in
 * the cgroup, for it is there that it makes the kernel sum up.
 */
long hz_memcg_stat_settled(const struct hz_memcg *cg, enum hz_memcg_stat what,
			   long want);
/*
 * Page faults that the cgroup counts above those that this thread took since
 * hz_faults() was @since, when it entered an empty one. Waits like the above.
 */
long hz_memcg_faults_above(const struct hz_memcg *cg, long since);

#endif /* HUGEZERO_MEMCG_H */
