/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads that do things to the same memory at the same time, round after
 * round. Each is pinned to a processor, has random numbers of its own that
 * follow from one seed, and begins a round when all the others do. What one of
 * them sees go wrong is kept for the test to report.
 */
#ifndef HUGEZERO_CREW_H
#define HUGEZERO_CREW_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct hz_crew;

/* One of the threads. */
struct hz_hand {
	struct hz_crew *crew;
	int number;		/* from 0: the processors take turns */
	uint64_t random;
	pthread_t thread;
};

#define HZ_MAX_HANDS 64

struct hz_crew {
	/* Filled in by the caller. @before and @after may be NULL. */
	int hands;
	long rounds;
	void (*before)(struct hz_crew *crew);	/* the caller alone */
	void (*work)(struct hz_hand *hand);	/* all hands at once */
	void (*after)(struct hz_crew *crew);	/* the caller alone */
	void *arg;

	long round;		/* that runs now, from 0 */
	uint64_t random;	/* of @before and @after */
	int complaints;
	char words[240];	/* of the first complaint */

	struct hz_hand hand[HZ_MAX_HANDS];
	uint32_t here, meeting, ready, at_once;
	bool over;
};

/*
 * Runs all rounds, or those up to the first complaint. Returns 0, or -errno
 * when there cannot be so many threads. On one processor the threads take
 * turns: nobody spins for long.
 */
int hz_crew_run(struct hz_crew *crew);

/* How many of them can run at once: processors that we may use. */
int hz_crew_processors(void);

/* Remembers what went wrong; from any hand, or from @before and @after. */
void hz_crew_complain(struct hz_crew *crew, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Where all random numbers come from: HZ_SEED in the environment, or 1. */
uint64_t hz_seed(void);
/* A number from 0 to @below - 1. */
uint64_t hz_random(uint64_t *state, uint64_t below);
/* Spends some time, most often little: up to about that of a huge page fault. */
void hz_dally(struct hz_hand *hand);

#endif /* HUGEZERO_CREW_H */
