// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hugezero_crew.h"

#define STACK_SIZE	(256 * 1024)
/* As much of it as a hand may come to use. */
#define STACK_TOUCHED	(32 * 1024)

/* Loads while waiting before a thread sleeps: some microseconds. */
#define SPINS		4000

/* Powers of two: a clear of a huge page takes about 1 << 16 steps. */
#define DALLY_BITS	17

uint64_t hz_seed(void)
{
	const char *seed = getenv("HZ_SEED");

	return seed ? strtoull(seed, NULL, 0) : 1;
}

/* splitmix64: a counter, mixed well, so that neighbouring seeds do. */
static uint64_t mix(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

uint64_t hz_random(uint64_t *state, uint64_t below)
{
	return below ? mix(state) % below : 0;
}

void hz_dally(struct hz_hand *hand)
{
	int bits = hz_random(&hand->random, DALLY_BITS);
	volatile uint64_t left = hz_random(&hand->random, 1ull << bits);

	while (left)
		left--;
}

void hz_crew_complain(struct hz_crew *crew, const char *fmt, ...)
{
	char words[200];
	va_list args;

	if (__atomic_fetch_add(&crew->complaints, 1, __ATOMIC_ACQ_REL))
		return;
	va_start(args, fmt);
	vsnprintf(words, sizeof(words), fmt, args);
	va_end(args);
	snprintf(crew->words, sizeof(crew->words), "%s (HZ_SEED=%llu, round %ld)",
		 words, (unsigned long long)hz_seed(), crew->round);
}

static uint32_t now(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/* All hands and the caller; the last to come lets the others go. */
static void meet(struct hz_crew *crew)
{
	uint32_t meeting = now(&crew->meeting);
	int spins = crew->at_once > 1 ? SPINS : 0;

	if (__atomic_add_fetch(&crew->here, 1, __ATOMIC_ACQ_REL) ==
	    (uint32_t)crew->hands + 1) {
		__atomic_store_n(&crew->here, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&crew->ready, 0, __ATOMIC_RELAXED);
		__atomic_add_fetch(&crew->meeting, 1, __ATOMIC_RELEASE);
		syscall(SYS_futex, &crew->meeting, FUTEX_WAKE_PRIVATE, INT_MAX,
			NULL, NULL, 0);
		return;
	}
	while (now(&crew->meeting) == meeting)
		if (--spins < 0)
			syscall(SYS_futex, &crew->meeting, FUTEX_WAIT_PRIVATE,
				meeting, NULL, NULL, 0);
}

/* Those woken first wait a moment for as many as can run at once. */
static void line_up(struct hz_crew *crew)
{
	int spins = 4 * SPINS;

	__atomic_add_fetch(&crew->ready, 1, __ATOMIC_RELEASE);
	while (now(&crew->ready) < crew->at_once && spins--)
		;
}

/* Page faults on a stack are none that a test wants to see. */
static void touch_stack(void)
{
	volatile char below[STACK_TOUCHED];
	size_t i;

	for (i = 0; i < sizeof(below); i += 1024)
		below[i] = 0;
}

static void *serve(void *arg)
{
	struct hz_hand *hand = arg;
	struct hz_crew *crew = hand->crew;

	touch_stack();
	meet(crew);
	for (;;) {
		meet(crew);
		if (crew->over)
			break;
		line_up(crew);
		crew->work(hand);
		meet(crew);
	}
	return NULL;
}

/* The @n-th processor that we may use, counted round and round. */
static void pin(pthread_attr_t *attr, const cpu_set_t *may, int n)
{
	int left = n % CPU_COUNT(may), cpu;
	cpu_set_t one;

	for (cpu = 0; !CPU_ISSET(cpu, may) || left--; cpu++)
		;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	pthread_attr_setaffinity_np(attr, sizeof(one), &one);
}

static int start(struct hz_hand *hand, const cpu_set_t *may)
{
	pthread_attr_t attr;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	if (CPU_COUNT(may))
		pin(&attr, may, hand->number);
	err = pthread_create(&hand->thread, &attr, serve, hand);
	pthread_attr_destroy(&attr);
	return err;
}

/* Empty where there are more processors than the set has room for. */
static int processors(cpu_set_t *may)
{
	CPU_ZERO(may);
	if (sched_getaffinity(0, sizeof(*may), may))
		CPU_ZERO(may);
	return CPU_COUNT(may);
}

int hz_crew_processors(void)
{
	cpu_set_t may;

	return processors(&may);
}

static int start_all(struct hz_crew *crew)
{
	uint64_t seed = hz_seed();
	cpu_set_t may;
	int i, n, err;

	n = processors(&may);
	crew->at_once = n < crew->hands ? n : crew->hands;
	crew->random = mix(&seed);
	for (i = 0; i < crew->hands; i++) {
		crew->hand[i] = (struct hz_hand){
			.crew = crew, .number = i, .random = mix(&seed),
		};
		err = start(&crew->hand[i], &may);
		if (!err)
			continue;
		/* Those that run already wait for a meeting: let it be over. */
		crew->hands = i;
		crew->over = true;
		return -err;
	}
	return 0;
}

static void run_round(struct hz_crew *crew)
{
	if (crew->before)
		crew->before(crew);
	meet(crew);
	/* Now they work. */
	meet(crew);
	if (crew->after)
		crew->after(crew);
}

int hz_crew_run(struct hz_crew *crew)
{
	int i, err;

	crew->complaints = 0;
	crew->words[0] = 0;
	crew->here = 0;
	crew->over = false;
	err = start_all(crew);
	meet(crew);
	for (crew->round = 0; !crew->over && !crew->complaints &&
	     crew->round < crew->rounds; crew->round++)
		run_round(crew);
	crew->over = true;
	meet(crew);
	for (i = 0; i < crew->hands; i++)
		pthread_join(crew->hand[i].thread, NULL);
	return err;
}
