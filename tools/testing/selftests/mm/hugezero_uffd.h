/* SPDX-License-Identifier: GPL-2.0 */
/*
 * userfaultfd: protects ranges, and answers the events of this process in a
 * thread of its own that counts them. Neither observes nor judges.
 */
#ifndef HUGEZERO_UFFD_H
#define HUGEZERO_UFFD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/userfaultfd.h>

/* Features and modes that headers may lack. */
#define HZ_UFFD_WP		(1ull << 0)	/* 5.7 */
#define HZ_UFFD_EVENT_FORK	(1ull << 1)
#define HZ_UFFD_EVENT_REMAP	(1ull << 2)
#define HZ_UFFD_SIGBUS		(1ull << 7)
#define HZ_UFFD_WP_UNPOPULATED	(1ull << 13)	/* 6.4 */
#define HZ_UFFD_WP_ASYNC	(1ull << 15)	/* 6.7 */
#define HZ_UFFD_MOVE		(1ull << 16)	/* 6.8 */
#define HZ_UFFD_RWP		(1ull << 17)	/* 7.3 */
#define HZ_UFFD_RWP_ASYNC	(1ull << 18)	/* 7.3 */

#define HZ_UFFD_MODE_MISSING	(1ull << 0)
#define HZ_UFFD_MODE_WP		(1ull << 1)
#define HZ_UFFD_MODE_RWP	(1ull << 3)

struct hz_uffd;

/*
 * Answers a fault on @page, which waits for it: 0 or -errno. It may call what
 * the thread of the test calls, for that is the one that waits.
 */
typedef int (*hz_uffd_answer)(struct hz_uffd *u, char *page);

struct hz_uffd {
	int fd;
	int fork_fd;		/* of the child after an EVENT_FORK, or -1 */
	/* Events so far, by kind. */
	long wp, missing, rwp, fork, remap, other;
	long child;		/* of these, faults of that child */
	char *page;		/* of the last fault */
	int from;		/* the descriptor that it came by */
	int err;		/* of the first answer that failed */
	hz_uffd_answer answer;
	void *arg;		/* of the answer, the test's */
	uint64_t modes;
	pthread_t thread;
	pthread_mutex_t busy;	/* from an event to the end of its answer */
	bool serving;
	int stop[2];		/* a pipe */
};

/* Features of this kernel for this user, or -errno. */
int64_t hz_uffd_features(void);
/* Whether faults that the kernel takes for this process are reported, too. */
bool hz_uffd_serves_the_kernel(void);
/* Whether this user may have EVENT_FORK. */
bool hz_uffd_serves_fork(void);

/* Opens it with @features. Returns 0 or -errno. */
int hz_uffd_open(struct hz_uffd *u, uint64_t features);
int hz_uffd_register(struct hz_uffd *u, void *addr, size_t len, uint64_t modes);
int hz_uffd_unregister(struct hz_uffd *u, void *addr, size_t len);
/* Write-protects, or read-write-protects what is registered so; or undoes it. */
int hz_uffd_protect(struct hz_uffd *u, void *addr, size_t len, bool on);
int hz_uffd_zeropage(struct hz_uffd *u, void *to, size_t len);
int hz_uffd_copy(struct hz_uffd *u, void *to, const void *from, size_t len);
int hz_uffd_move(struct hz_uffd *u, void *to, void *from, size_t len);

/* From here to hz_uffd_close() @answer answers. Returns 0 or -errno. */
int hz_uffd_serve(struct hz_uffd *u, hz_uffd_answer answer, void *arg);
/*
 * All events are counted that came before what the caller did last. One that
 * is no fault lets the caller go on as soon as it is read.
 */
void hz_uffd_settle(struct hz_uffd *u);
/* Undoes the protection of the whole PMD range, or of the page. */
int hz_uffd_answer_range(struct hz_uffd *u, char *page);
int hz_uffd_answer_page(struct hz_uffd *u, char *page);
/* Maps a zero page where there is none. */
int hz_uffd_answer_zero(struct hz_uffd *u, char *page);

/* Faults that wait go on. Safe to call twice. */
void hz_uffd_close(struct hz_uffd *u);

#endif /* HUGEZERO_UFFD_H */
