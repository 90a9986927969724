// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to come by one PMD of written memory: read first and then
 * written, written at once, or in base pages; and what clearing that much
 * memory costs, which is the part of it that nobody can avoid. All in one run
 * and in turn, so that the ratios hold on a machine that others use as well.
 *
 * Prints, never judges. Needs nothing but THP on madvise.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "hugezero_faults.h"
#include "hugezero_region.h"

#define ROUNDS 101

static void store_each_page(char *range)
{
	size_t i;

	for (i = 0; i < hz_pmd_size(); i += hz_page_size())
		hz_store(range + i, 1);
}

static void read_first(char *range)
{
	hz_read_fault(range);
	store_each_page(range);
}

static void clear(char *range)
{
	memset(range, 0, hz_pmd_size());
}

struct way {
	const char *name;
	enum hz_advice advice;
	void (*act)(char *range);
	bool present;		/* do not drop it before */
	double us[ROUNDS];
	long faults;
};

static struct way ways[] = {
	{ .name = "clear memory that is there", .act = clear, .present = true },
	{ .name = "read first, then write all", .act = read_first },
	{ .name = "write all at once", .act = store_each_page },
	{
		.name = "write all, base pages",
		.act = store_each_page, .advice = HZ_ADVISE_BASE,
	},
	{
		.name = "read first, base pages",
		.act = read_first, .advice = HZ_ADVISE_BASE,
	},
};

#define WAYS ((int)ARRAY_SIZE(ways))

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e6 + ts.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void one_round(struct way *w, char *range, int round)
{
	long faults;
	double from;

	if (!w->present)
		madvise(range, hz_pmd_size(), MADV_DONTNEED);
	faults = hz_faults();
	from = now_us();
	w->act(range);
	w->us[round] = now_us() - from;
	w->faults = hz_faults() - faults;
}

int main(void)
{
	struct hz_region regions[ARRAY_SIZE(ways)];
	int round, i;

	for (i = 0; i < WAYS; i++) {
		if (hz_region_map(&regions[i], 1, ways[i].advice)) {
			fprintf(stderr, "no THP here, or no memory\n");
			return 4;
		}
		store_each_page(regions[i].addr);
	}
	hz_settle();
	for (round = 0; round < ROUNDS; round++)
		for (i = 0; i < WAYS; i++)
			one_round(&ways[i], regions[i].addr, round);
	printf("%-28s %10s %7s %8s\n", "one PMD", "median us", "ratio",
	       "faults");
	for (i = 0; i < WAYS; i++)
		qsort(ways[i].us, ROUNDS, sizeof(double), compare);
	for (i = 0; i < WAYS; i++)
		printf("%-28s %10.1f %7.2f %8ld\n", ways[i].name,
		       ways[i].us[ROUNDS / 2],
		       ways[i].us[ROUNDS / 2] / ways[0].us[ROUNDS / 2],
		       ways[i].faults);
	return 0;
}
