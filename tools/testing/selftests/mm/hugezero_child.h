/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A forked child that does what it is told, one deed after another, and tells
 * what came of it. It never judges: that is the parent's.
 */
#ifndef HUGEZERO_CHILD_H
#define HUGEZERO_CHILD_H

#include <stddef.h>
#include <sys/types.h>

#include "hugezero_observe.h"

struct hz_child {
	pid_t pid;
	int ask;		/* a socket */
};

/* What to do it to. Of pointers, only what was there before the fork. */
struct hz_order {
	char *at;
	long arg[4];
};

struct hz_told {
	long result;
	char found;		/* a byte that is not what it is to be */
	struct hz_view view;
};

/* A function of the program: the child is a fork of it, and has it, too. */
typedef void (*hz_deed)(const struct hz_order *order, struct hz_told *told);

/* Forks it and waits until it has settled. Returns 0 or -errno. */
int hz_child_start(struct hz_child *c);
/* Returns 0, or -ESRCH when the child died of it. */
int hz_child_do(struct hz_child *c, hz_deed deed, const struct hz_order *order,
		struct hz_told *told);
/* Lets it exit. Returns 0, or the number of the signal that ended it. */
int hz_child_stop(struct hz_child *c);

/* Stores arg[0] at @at; the result is how many faults that cost. */
void hz_deed_store(const struct hz_order *order, struct hz_told *told);
/* Looks at the range at @at. */
void hz_deed_look(const struct hz_order *order, struct hz_told *told);
/* hz_first_wrong(@at, arg...): the result is the offset, or -1. */
void hz_deed_compare(const struct hz_order *order, struct hz_told *told);
/* The signal that a load from @at raises, or 0. */
void hz_deed_try_load(const struct hz_order *order, struct hz_told *told);

#endif /* HUGEZERO_CHILD_H */
