// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hugezero_region.h"
#include "hugezero_script.h"

#define CHILD "child/"

static const char * const names[HZ_OP_NR] = {
	[HZ_OP_LOAD] = "load",
	[HZ_OP_STORE] = "store",
	[HZ_OP_SWEEP] = "sweep",
	[HZ_OP_FILL] = "fill",
	[HZ_OP_ADD] = "add",
	[HZ_OP_PREAD] = "pread",
	[HZ_OP_PIPE_IN] = "pipe_in",
	[HZ_OP_PIPE_OUT] = "pipe_out",
	[HZ_OP_FUTEX] = "futex",
	[HZ_OP_PVM_READ] = "pvm_read",
	[HZ_OP_PVM_WRITE] = "pvm_write",
	[HZ_OP_FORCE] = "force",
	[HZ_OP_SPLICE] = "splice",
	[HZ_OP_DRAIN] = "drain",
	[HZ_OP_PIN] = "pin",
	[HZ_OP_PIN_READ] = "pin_read",
	[HZ_OP_UNPIN] = "unpin",
	[HZ_OP_DONTNEED] = "dontneed",
	[HZ_OP_FREE] = "free",
	[HZ_OP_COLD] = "cold",
	[HZ_OP_PAGEOUT] = "pageout",
	[HZ_OP_COLLAPSE] = "collapse",
	[HZ_OP_POPULATE_READ] = "populate_read",
	[HZ_OP_POPULATE_WRITE] = "populate_write",
	[HZ_OP_HUGE] = "huge",
	[HZ_OP_NOHUGE] = "nohuge",
	[HZ_OP_WIPE] = "wipe",
	[HZ_OP_KEEP] = "keep",
	[HZ_OP_MERGEABLE] = "mergeable",
	[HZ_OP_UNMERGEABLE] = "unmergeable",
	[HZ_OP_GUARD] = "guard",
	[HZ_OP_UNGUARD] = "unguard",
	[HZ_OP_MLOCK] = "mlock",
	[HZ_OP_MUNLOCK] = "munlock",
	[HZ_OP_RO] = "ro",
	[HZ_OP_RW] = "rw",
	[HZ_OP_NONE] = "none",
	[HZ_OP_MOVE] = "move",
	[HZ_OP_MOVE_PART] = "move_part",
	[HZ_OP_MOVE_LEAVE] = "move_leave",
	[HZ_OP_FORK] = "fork",
	[HZ_OP_REAP] = "reap",
	[HZ_OP_REGISTER] = "register",
	[HZ_OP_UNREGISTER] = "unregister",
	[HZ_OP_PROTECT] = "protect",
	[HZ_OP_UNPROTECT] = "unprotect",
	[HZ_OP_COPY] = "copy",
	[HZ_OP_ZEROPAGE] = "zeropage",
	[HZ_OP_UMOVE] = "umove",
	[HZ_OP_SCAN] = "scan",
	[HZ_OP_CLEAR_DIRTY] = "clear_dirty",
	[HZ_OP_DIRTY] = "dirty",
};

const char *hz_op_name(enum hz_op_kind kind)
{
	return names[kind];
}

/* splitmix64: any seed is as good as another. */
static uint64_t draw_number(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

static uint32_t below(uint64_t *state, uint32_t n)
{
	return draw_number(state) % n;
}

/*
 * Few pages, so that operations meet: those at the borders, where mistakes
 * are, and two more.
 */
static uint32_t draw_page(uint64_t *state, const uint32_t *more, uint32_t pages)
{
	switch (below(state, 7)) {
	case 0:
		return 0;
	case 1:
		return 1;
	case 2:
		return pages / 2;
	case 3:
		return pages - 1;
	case 4:
		return pages - 2;
	case 5:
		return more[0];
	default:
		return more[1];
	}
}

static void draw_extent(struct hz_op *op, uint64_t *state, const uint32_t *more,
			uint32_t pages)
{
	op->page = draw_page(state, more, pages);
	switch (below(state, 8)) {
	case 0:
	case 1:
	case 2:
		op->page = 0;
		op->count = 0;
		break;
	case 3:
		op->page = 0;
		op->count = pages / 2;
		break;
	case 4:
		op->page = pages / 2;
		op->count = pages - pages / 2;
		break;
	case 5:
		op->count = 2 + below(state, 3);
		break;
	default:
		op->count = 1;
	}
}

static uint32_t draw_offset(uint64_t *state, size_t page)
{
	switch (below(state, 3)) {
	case 0:
		return 0;
	case 1:
		return page - 1;
	default:
		return below(state, page);
	}
}

void hz_script_draw(struct hz_script *s, const struct hz_draw *draw,
		    uint64_t seed, size_t pages, size_t page)
{
	uint64_t state = seed;
	uint32_t more[2];
	bool child = false;
	int i;

	more[0] = below(&state, pages);
	more[1] = below(&state, pages);
	s->n = draw->ops < HZ_SCRIPT_MAX ? draw->ops : HZ_SCRIPT_MAX;
	for (i = 0; i < s->n; i++) {
		struct hz_op *op = &s->op[i];

		*op = (struct hz_op){ .kind = draw->kinds[below(&state, draw->nr)] };
		draw_extent(op, &state, more, pages);
		op->off = draw_offset(&state, page);
		op->val = below(&state, 256);
		if (op->kind == HZ_OP_FORK)
			child = true;
		else if (op->kind == HZ_OP_REAP)
			child = false;
		else
			op->child = child && !below(&state, 3);
	}
}

char *hz_op_text(const struct hz_op *op, char *buf, size_t size)
{
	const uint32_t v[] = { op->page, op->count, op->off, op->val };
	const uint32_t usual[] = { 0, 1, 0, 1 };
	int last = -1, i;
	size_t at;

	for (i = 0; i < 4; i++)
		if (v[i] != usual[i])
			last = i;
	at = snprintf(buf, size, "%s%s", op->child ? CHILD : "",
		      names[op->kind]);
	for (i = 0; i <= last && at < size; i++)
		at += snprintf(buf + at, size - at, "%c%u", i ? ',' : ':', v[i]);
	return buf;
}

char *hz_script_text(const struct hz_script *s, char *buf, size_t size)
{
	size_t at = 0;
	int i;

	buf[0] = 0;
	for (i = 0; i < s->n && at + 1 < size; i++) {
		if (i)
			buf[at++] = ' ';
		hz_op_text(&s->op[i], buf + at, size - at);
		at += strlen(buf + at);
	}
	return buf;
}

static int parse_op(struct hz_op *op, char *word)
{
	uint32_t *v[] = { &op->page, &op->count, &op->off, &op->val };
	char *numbers = strchr(word, ':'), *end;
	int kind, i;

	*op = (struct hz_op){ .count = 1, .val = 1 };
	if (numbers)
		*numbers++ = 0;
	if (!strncmp(word, CHILD, strlen(CHILD))) {
		op->child = true;
		word += strlen(CHILD);
	}
	for (kind = 0; kind < HZ_OP_NR; kind++)
		if (!strcmp(word, names[kind]))
			break;
	if (kind == HZ_OP_NR)
		return -EINVAL;
	op->kind = kind;
	for (i = 0; numbers && i < 4; i++) {
		*v[i] = strtoul(numbers, &end, 0);
		if (end == numbers || (*end && *end != ','))
			return -EINVAL;
		numbers = *end ? end + 1 : NULL;
	}
	return numbers ? -EINVAL : 0;
}

int hz_script_parse(struct hz_script *s, const char *text, char *wrong,
		    size_t size)
{
	size_t len;
	char word[80];

	s->n = 0;
	for (text += strspn(text, " ;\n"); *text; text += strspn(text, " ;\n")) {
		len = strcspn(text, " ;\n");
		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		snprintf(wrong, size, "%s", word);
		if (len >= sizeof(word) || s->n == HZ_SCRIPT_MAX ||
		    parse_op(&s->op[s->n], word))
			return -EINVAL;
		s->n++;
		text += len;
	}
	return 0;
}

struct shrink {
	struct hz_script *s;
	bool (*holds)(const struct hz_script *s, void *arg);
	void *arg;
	int asked, budget;
};

static bool try(struct shrink *sh, const struct hz_script *other)
{
	if (sh->asked >= sh->budget)
		return false;
	sh->asked++;
	if (!sh->holds(other, sh->arg))
		return false;
	*sh->s = *other;
	return true;
}

static bool drop_chunks(struct shrink *sh, int chunk)
{
	struct hz_script other;
	bool any = false;
	int at = 0, n;

	while (at < sh->s->n) {
		n = sh->s->n - at < chunk ? sh->s->n - at : chunk;
		other = *sh->s;
		memmove(&other.op[at], &other.op[at + n],
			(other.n - at - n) * sizeof(other.op[0]));
		other.n -= n;
		if (try(sh, &other))
			any = true;
		else
			at += n;
	}
	return any;
}

static bool simplify_op(struct shrink *sh, int i)
{
	const struct hz_op simple[] = {
		{ .page = 0, .count = 0, .off = 0, .val = 1 },
		{ .page = 0, .count = 1, .off = 0, .val = 1 },
	};
	struct hz_script other;
	bool any = false;
	size_t k, f;

	for (k = 0; k < ARRAY_SIZE(simple); k++) {
		for (f = 0; f < 5; f++) {
			struct hz_op *op = &other.op[i];

			other = *sh->s;
			if (f == 0 && k == 1)
				op->child = false;
			if (f == 1)
				op->page = simple[k].page;
			if (f == 2)
				op->count = simple[k].count;
			if (f == 3)
				op->off = simple[k].off;
			if (f == 4)
				op->val = simple[k].val;
			if (memcmp(op, &sh->s->op[i], sizeof(*op)) &&
			    try(sh, &other))
				any = true;
		}
	}
	return any;
}

int hz_script_shrink(struct hz_script *s,
		     bool (*holds)(const struct hz_script *s, void *arg),
		     void *arg, int budget)
{
	struct shrink sh = { s, holds, arg, 0, budget };
	int chunk, i;

	for (chunk = s->n / 2; chunk > 1; chunk /= 2)
		drop_chunks(&sh, chunk);
	while (drop_chunks(&sh, 1))
		;
	for (i = 0; i < s->n; i++)
		simplify_op(&sh, i);
	while (drop_chunks(&sh, 1))
		;
	return sh.asked;
}
