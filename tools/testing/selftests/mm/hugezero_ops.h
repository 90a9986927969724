/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Does the operations of a script on three ranges at once, which the kernel
 * backs in three ways, and finds where they disagree with each other or with
 * what user space is to see in any of them.
 */
#ifndef HUGEZERO_OPS_H
#define HUGEZERO_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "hugezero_model.h"
#include "hugezero_pin.h"
#include "hugezero_region.h"
#include "hugezero_script.h"
#include "hugezero_uffd.h"

enum hz_lane_kind {
	HZ_LANE_ZERO,		/* read first: the huge zero page */
	HZ_LANE_THP,		/* written first */
	HZ_LANE_BASE,		/* MADV_NOHUGEPAGE, read first */
	HZ_LANES,
};

/* Pages that were spliced to a pipe, and how they were then. */
#define HZ_SPLICED_MAX 8

struct hz_lane {
	enum hz_lane_kind kind;
	struct hz_region region;
	char *at;		/* where the range is now */
	int slot;
	int pipe[2];
	struct hz_pin pin;
	bool pinned;
};

/* How userfaultfd watches the ranges. */
enum hz_track_way {
	HZ_TRACK_MISSING, HZ_TRACK_WP, HZ_TRACK_BOTH, HZ_TRACK_ASYNC,
	HZ_TRACK_RWP,
	HZ_TRACK_WAYS,
};

/* What an operation did to one range, as user space sees it. */
struct hz_outcome {
	long ret;
	int err;		/* errno */
	int sig, code;		/* a signal, and its si_code */
	long at;		/* where it came: offset in the range, or -1 */
	ssize_t wrong;		/* offset of the first wrong byte handed out, or -1 */
};

enum hz_finding_kind {
	HZ_AGREED,
	HZ_OUTCOMES_DIFFER,	/* between the ranges */
	HZ_UNEXPECTED,		/* all alike, and wrong */
	HZ_WRONG_CONTENTS,
	HZ_WRONG_ACCOUNTS,
	HZ_PROCESS_DIED,
	HZ_KERNEL_COMPLAINED,
	HZ_NOT_RUN,		/* for want of memory or the like */
};

struct hz_finding {
	enum hz_finding_kind kind;
	int step;		/* index of the operation, or its script's length */
	char text[1200];
};

/* A process that has the three ranges; its child has them, too. */
struct hz_machine {
	struct hz_lane lane[HZ_LANES];
	struct hz_model model;
	struct hz_finding *finding;	/* shared memory */
	int step;
	bool is_child;
	bool forked;		/* pages may be shared with a child */
	bool tracked;		/* by userfaultfd */
	enum hz_track_way way;
	struct hz_uffd uffd;
	size_t pinned, pinned_at;	/* pages */
	pid_t child;
	int ask;		/* a socket to the child */
	long rss, page_tables;	/* before there was any range */
	int file;
	struct {
		size_t page;
		uint32_t writes;
		bool known;
	} spliced[HZ_SPLICED_MAX];
	int nr_spliced;
};

/* Learns once what this kernel and user can do. */
void hz_ops_probe(void);
/* NULL, or what this operation lacks here, by its exact name. */
const char *hz_op_missing(enum hz_op_kind kind);

/*
 * From here on this operation is left out on the range that was read first: a
 * mistake that has to be found. HZ_OP_NR: none.
 */
void hz_ops_sabotage(enum hz_op_kind kind);

/* Does what is known to go wrong, too: see doc/known-issues.md. */
void hz_act_allow_known_bugs(void);

/* False: @m->finding says what was found. */
bool hz_machine_begin(struct hz_machine *m, struct hz_finding *finding);
bool hz_machine_step(struct hz_machine *m, const struct hz_op *op);
/* Looks at all bytes and at the accounts; nothing is left of it then. */
bool hz_machine_end(struct hz_machine *m);

const char *hz_finding_name(enum hz_finding_kind kind);

#endif /* HUGEZERO_OPS_H */
