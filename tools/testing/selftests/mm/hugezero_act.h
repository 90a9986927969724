/* SPDX-License-Identifier: GPL-2.0 */
/* One operation on one range: how it is done, and what follows from it. */
#ifndef HUGEZERO_ACT_H
#define HUGEZERO_ACT_H

#include <stdbool.h>

#include "hugezero_ops.h"

struct hz_act {
	void (*run)(struct hz_machine *m, struct hz_lane *lane,
		    const struct hz_op *op, struct hz_outcome *out);
	/* Whether it makes sense now; NULL: always. */
	bool (*applies)(const struct hz_machine *m, const struct hz_op *op);
	/* The signal that it is to raise; NULL: none. -1: not to be told. */
	int (*signal)(const struct hz_machine *m, const struct hz_op *op);
	/* What it changes of what is expected; NULL: nothing. */
	void (*learn)(struct hz_machine *m, const struct hz_op *op,
		      const struct hz_outcome *out);
	bool any_result;	/* may differ between the ranges: says why */
	bool exact;		/* which pages are present must be certain */
	bool whole;		/* of the whole range only */
	bool parent_only;
	bool once;		/* of the process, not of a range */
	int advice;		/* for madvise() */
	int prot;		/* for mprotect() */
};

extern const struct hz_act hz_acts[HZ_OP_NR];

/* An outcome of nothing out of the ordinary. */
#define HZ_FINE ((struct hz_outcome){ .at = -1, .wrong = -1 })

/* Accesses that may trap; false if they did, and @out says how. */
bool hz_lane_load(const struct hz_lane *lane, size_t at, char *value,
		  struct hz_outcome *out);
bool hz_lane_store(const struct hz_lane *lane, size_t at, char value,
		   struct hz_outcome *out);
/* Sets @out->wrong when the page is not as expected. */
bool hz_lane_check(const struct hz_machine *m, const struct hz_lane *lane,
		   size_t page, struct hz_outcome *out, char *expected);
/* In each process that runs operations. */
void hz_lane_traps(void);
/* A place beside it, as far from a PMD's border as the operand is. */
char *hz_lane_side(const struct hz_lane *lane, const struct hz_op *op);
/* Nobody else's mapping shall come to lie there. */
bool hz_reserve(char *at, size_t len);

#endif /* HUGEZERO_ACT_H */
