/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Scripts of operations on a range: drawn from a seed, written as text that can
 * be read again, and shortened while something about them still holds. What an
 * operation does is not told here.
 */
#ifndef HUGEZERO_SCRIPT_H
#define HUGEZERO_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hz_op_kind {
	/* The process's own instructions. */
	HZ_OP_LOAD, HZ_OP_STORE, HZ_OP_SWEEP, HZ_OP_FILL, HZ_OP_ADD,
	/* The kernel on its behalf. */
	HZ_OP_PREAD, HZ_OP_PIPE_IN, HZ_OP_PIPE_OUT, HZ_OP_FUTEX,
	HZ_OP_PVM_READ, HZ_OP_PVM_WRITE, HZ_OP_FORCE,
	/* References that outlive the call. */
	HZ_OP_SPLICE, HZ_OP_DRAIN, HZ_OP_PIN, HZ_OP_PIN_READ, HZ_OP_UNPIN,
	/* Advice. */
	HZ_OP_DONTNEED, HZ_OP_FREE, HZ_OP_COLD, HZ_OP_PAGEOUT, HZ_OP_COLLAPSE,
	HZ_OP_POPULATE_READ, HZ_OP_POPULATE_WRITE, HZ_OP_HUGE, HZ_OP_NOHUGE,
	HZ_OP_WIPE, HZ_OP_KEEP, HZ_OP_MERGEABLE, HZ_OP_UNMERGEABLE,
	HZ_OP_GUARD, HZ_OP_UNGUARD, HZ_OP_MLOCK, HZ_OP_MUNLOCK,
	/* Protection and place. */
	HZ_OP_RO, HZ_OP_RW, HZ_OP_NONE,
	HZ_OP_MOVE, HZ_OP_MOVE_PART, HZ_OP_MOVE_LEAVE,
	/* Another process. */
	HZ_OP_FORK, HZ_OP_REAP,
	/* Tracking. */
	HZ_OP_REGISTER, HZ_OP_UNREGISTER, HZ_OP_PROTECT, HZ_OP_UNPROTECT,
	HZ_OP_COPY, HZ_OP_ZEROPAGE, HZ_OP_UMOVE,
	HZ_OP_SCAN, HZ_OP_CLEAR_DIRTY, HZ_OP_DIRTY,
	HZ_OP_NR,
};

/* Pages count from the start of the range; they are taken modulo its size. */
struct hz_op {
	enum hz_op_kind kind;
	bool child;		/* done by the child of the last fork */
	uint32_t page, count;	/* @count 0: all of the range */
	uint32_t off;		/* a byte of the page */
	uint32_t val;		/* a byte to write, or which of several ways */
};

#define HZ_SCRIPT_MAX 64

struct hz_script {
	int n;
	struct hz_op op[HZ_SCRIPT_MAX];
};

/* Kinds to draw from: a kind is as likely as it is often in the list. */
struct hz_draw {
	const enum hz_op_kind *kinds;
	int nr;
	int ops;		/* length of a script */
};

const char *hz_op_name(enum hz_op_kind kind);
/* The script that @seed stands for, for ranges of @pages pages of @page. */
void hz_script_draw(struct hz_script *s, const struct hz_draw *draw,
		    uint64_t seed, size_t pages, size_t page);

/* "store:3,1,17,165 fork child/load:3". Returns @buf. */
char *hz_op_text(const struct hz_op *op, char *buf, size_t size);
char *hz_script_text(const struct hz_script *s, char *buf, size_t size);
/* Returns 0, or -EINVAL with @wrong naming the word that is none. */
int hz_script_parse(struct hz_script *s, const char *text, char *wrong,
		    size_t size);

/*
 * Makes @s as short and its operands as simple as can be while @holds, which
 * it does at first. Asks at most @budget times. Returns how often it asked.
 */
int hz_script_shrink(struct hz_script *s,
		     bool (*holds)(const struct hz_script *s, void *arg),
		     void *arg, int budget);

#endif /* HUGEZERO_SCRIPT_H */
