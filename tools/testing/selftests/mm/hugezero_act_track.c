// SPDX-License-Identifier: GPL-2.0
/* Operations of userfaultfd, of write tracking, and pins that last. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "hugezero_act_track.h"
#include "hugezero_observe.h"
#include "hugezero_scan.h"

/* What does not go together with asking which pages are there. */
#define UNTELLABLE	(HZ_PAGE_NONE | HZ_PAGE_LAZY)
/* What userfaultfd refuses to move, or moves to where it may not be. */
#define UNMOVABLE	(UNTELLABLE | HZ_PAGE_RO | HZ_PAGE_GUARD | \
			 HZ_PAGE_LOCKED)
#define PIN_MAX		16

/* A trap instead of an event: whoever faults sees it at once. */
static const struct {
	uint64_t features, modes;
} ways[] = {
	[HZ_TRACK_MISSING] = { HZ_UFFD_SIGBUS, HZ_UFFD_MODE_MISSING },
	[HZ_TRACK_WP] = { HZ_UFFD_SIGBUS | HZ_UFFD_WP, HZ_UFFD_MODE_WP },
	[HZ_TRACK_BOTH] = {
		HZ_UFFD_SIGBUS | HZ_UFFD_WP,
		HZ_UFFD_MODE_MISSING | HZ_UFFD_MODE_WP,
	},
	[HZ_TRACK_ASYNC] = {
		HZ_UFFD_WP | HZ_UFFD_WP_UNPOPULATED | HZ_UFFD_WP_ASYNC,
		HZ_UFFD_MODE_WP,
	},
	[HZ_TRACK_RWP] = { HZ_UFFD_SIGBUS | HZ_UFFD_RWP, HZ_UFFD_MODE_RWP },
};

static char *place(const struct hz_lane *lane, const struct hz_op *op)
{
	return lane->at + op->page * hz_page_size();
}

static size_t extent(const struct hz_op *op)
{
	return op->count * hz_page_size();
}

static void result(struct hz_outcome *out, int err)
{
	out->ret = err ? -1 : 0;
	out->err = -err;
}

static bool any(const struct hz_machine *m, const struct hz_op *op, int flags)
{
	return hz_model_any(&m->model, op->page, op->count, flags);
}

/* The ways that this kernel has, one after another. */
static int way_of(const struct hz_op *op)
{
	static int64_t features = -1;
	int way = op->val % HZ_TRACK_WAYS;

	if (features < 0)
		features = hz_uffd_features();
	while ((ways[way].features & features) != ways[way].features)
		way = (way + HZ_TRACK_WAYS - 1) % HZ_TRACK_WAYS;
	return way;
}

bool hz_act_register_applies(const struct hz_machine *m, const struct hz_op *op)
{
	return !m->tracked && !any(m, op, UNTELLABLE);
}

void hz_act_register(struct hz_machine *m, struct hz_lane *lane,
		     const struct hz_op *op, struct hz_outcome *out)
{
	int way = way_of(op), err = 0;

	if (!lane->kind)
		err = hz_uffd_open(&m->uffd, ways[way].features);
	if (!err)
		err = hz_uffd_register(&m->uffd, lane->at, hz_pmd_size(),
				       ways[way].modes);
	result(out, err);
}

void hz_act_registered(struct hz_machine *m, const struct hz_op *op,
		       const struct hz_outcome *out)
{
	if (out->ret)
		return;
	m->tracked = true;
	m->way = way_of(op);
	hz_model_set(&m->model, 0, m->model.pages, HZ_PAGE_MISSING,
		     ways[m->way].modes & HZ_UFFD_MODE_MISSING);
	hz_model_set(&m->model, 0, m->model.pages, HZ_PAGE_SCANNED, false);
}

bool hz_act_tracked(const struct hz_machine *m, const struct hz_op *op)
{
	(void)op;
	return m->tracked;
}

void hz_act_unregister(struct hz_machine *m, struct hz_lane *lane,
		       const struct hz_op *op, struct hz_outcome *out)
{
	(void)op;
	result(out, hz_uffd_unregister(&m->uffd, lane->at, hz_pmd_size()));
}

void hz_act_unregistered(struct hz_machine *m, const struct hz_op *op,
			 const struct hz_outcome *out)
{
	(void)op;
	(void)out;
	hz_uffd_close(&m->uffd);
	m->tracked = false;
	hz_model_set(&m->model, 0, m->model.pages, HZ_PAGE_MISSING, false);
}

bool hz_act_protect_applies(const struct hz_machine *m, const struct hz_op *op)
{
	return m->tracked && !any(m, op, UNTELLABLE);
}

void hz_act_protect(struct hz_machine *m, struct hz_lane *lane,
		    const struct hz_op *op, struct hz_outcome *out)
{
	result(out, hz_uffd_protect(&m->uffd, place(lane, op), extent(op),
				    op->kind == HZ_OP_PROTECT));
}

void hz_act_protected(struct hz_machine *m, const struct hz_op *op,
		      const struct hz_outcome *out)
{
	if (!out->ret && op->kind == HZ_OP_PROTECT)
		hz_model_set(&m->model, op->page, op->count, HZ_PAGE_SCANNED,
			     false);
}

/* A page at a time: the outcome counts those that it came to. */
void hz_act_copy(struct hz_machine *m, struct hz_lane *lane,
		 const struct hz_op *op, struct hz_outcome *out)
{
	static char source[64 * 1024];
	size_t page = hz_page_size(), n = op->count < 4 ? op->count : 4, i;
	char *to = place(lane, op);
	int err = 0;

	memset(source, op->val, page);
	for (i = 0; i < n; i++) {
		err = op->kind == HZ_OP_COPY ?
		      hz_uffd_copy(&m->uffd, to + i * page, source, page) :
		      hz_uffd_zeropage(&m->uffd, to + i * page, page);
		if (err)
			break;
	}
	out->ret = i;
	out->err = -err;
}

void hz_act_copied(struct hz_machine *m, const struct hz_op *op,
		   const struct hz_outcome *out)
{
	long i;

	for (i = op->page; i < (long)op->page + out->ret; i++) {
		hz_model_drop(&m->model, i);
		/* UFFDIO_COPY overwrites a guard: see doc/observed.md. */
		hz_model_set(&m->model, i, 1, HZ_PAGE_GUARD, false);
		if (op->kind == HZ_OP_COPY)
			hz_model_fill(&m->model, i, 0, op->val, m->model.page);
		else
			hz_model_touch(&m->model, i);
		hz_model_set(&m->model, i, 1, HZ_PAGE_DIRTY | HZ_PAGE_SCANNED,
			     false);
	}
}

/*
 * Only pages that nobody else refers to can be moved; of a huge page, a
 * reference to any part of it counts.
 */
bool hz_act_umove_applies(const struct hz_machine *m, const struct hz_op *op)
{
	return !m->forked && !m->nr_spliced && !m->pinned &&
	       !any(m, op, UNMOVABLE);
}

static ssize_t first_wrong(const struct hz_machine *m, const struct hz_op *op,
			   const char *side)
{
	size_t page = m->model.page, i;
	ssize_t wrong = -1;

	for (i = 0; i < op->count && wrong < 0; i++) {
		wrong = hz_model_check(&m->model, op->page + i, side + i * page,
				       NULL);
		if (wrong >= 0)
			wrong += (op->page + i) * page;
	}
	return wrong;
}

/*
 * To a place beside it, where the bytes are looked at. How far it came when it
 * failed is not told, so what is left of the pages is dropped.
 */
void hz_act_umove(struct hz_machine *m, struct hz_lane *lane,
		  const struct hz_op *op, struct hz_outcome *out)
{
	bool base = lane->kind == HZ_LANE_BASE;
	char *side = hz_lane_side(lane, op);
	struct hz_uffd u;
	int err;

	if (mmap(side, extent(op), PROT_READ | PROT_WRITE, MAP_PRIVATE |
		 MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != side) {
		result(out, -ENOMEM);
		return;
	}
	madvise(side, extent(op), base ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
	err = hz_uffd_open(&u, HZ_UFFD_MOVE);
	if (!err)
		err = hz_uffd_register(&u, side, extent(op),
				       HZ_UFFD_MODE_MISSING);
	if (!err)
		err = hz_uffd_move(&u, side, place(lane, op), extent(op));
	if (!err)
		out->wrong = first_wrong(m, op, side);
	hz_uffd_close(&u);
	hz_reserve(side, extent(op));
	madvise(place(lane, op), extent(op), MADV_DONTNEED);
	result(out, err);
}

void hz_act_umoved(struct hz_machine *m, const struct hz_op *op,
		   const struct hz_outcome *out)
{
	size_t i;

	(void)out;
	for (i = 0; i < op->count; i++)
		hz_model_drop(&m->model, op->page + i);
}

static size_t flagged(const struct hz_machine *m, const struct hz_op *op,
		      enum hz_page_flag flag)
{
	size_t n = 0, i;

	for (i = op->page; i < op->page + op->count; i++)
		n += hz_model_is(&m->model, i, flag) &&
		     m->model.presence[i] == HZ_PRESENT;
	return n;
}

bool hz_act_scan_applies(const struct hz_machine *m, const struct hz_op *op)
{
	return m->tracked && m->way == HZ_TRACK_ASYNC && !any(m, op, UNTELLABLE);
}

/* Which pages were written since the last scan: none may be left out. */
void hz_act_scan(struct hz_machine *m, struct hz_lane *lane,
		 const struct hz_op *op, struct hz_outcome *out)
{
	struct hz_written w = { 0 };

	result(out, hz_scan_written(place(lane, op), extent(op),
				    HZ_SCAN_AND_PROTECT | HZ_SCAN_IF_ASYNC, 0,
				    &w));
	if (out->ret)
		return;
	out->ret = w.pages;
	out->at = w.first;
	if (w.pages < flagged(m, op, HZ_PAGE_SCANNED))
		out->wrong = op->page * hz_page_size();
}

void hz_act_scanned(struct hz_machine *m, const struct hz_op *op,
		    const struct hz_outcome *out)
{
	if (out->ret >= 0)
		hz_model_set(&m->model, op->page, op->count, HZ_PAGE_SCANNED,
			     false);
}

void hz_act_clear_dirty(struct hz_machine *m, struct hz_lane *lane,
			const struct hz_op *op, struct hz_outcome *out)
{
	(void)m;
	(void)lane;
	(void)op;
	result(out, hz_clear_soft_dirty());
}

void hz_act_cleared_dirty(struct hz_machine *m, const struct hz_op *op,
			  const struct hz_outcome *out)
{
	(void)op;
	if (!out->ret)
		hz_model_set(&m->model, 0, m->model.pages, HZ_PAGE_DIRTY,
			     false);
}

/* A huge page is dirty as a whole; what was written may not be left out. */
void hz_act_dirty(struct hz_machine *m, struct hz_lane *lane,
		  const struct hz_op *op, struct hz_outcome *out)
{
	struct hz_folio f;

	result(out, hz_look_folio(lane->at, &f));
	if (!out->ret && f.soft_dirty < flagged(m, op, HZ_PAGE_DIRTY))
		out->wrong = 0;
}

static bool avoid_known_bugs = true;

void hz_act_allow_known_bugs(void)
{
	avoid_known_bugs = false;
}

/*
 * A known bug: an unshare fault of a pin to read takes the write protection of
 * userfaultfd from a huge zero PMD. See doc/known-issues.md.
 */
bool hz_act_pin_applies(const struct hz_machine *m, const struct hz_op *op)
{
	(void)op;
	return !m->pinned && !(m->tracked && avoid_known_bugs);
}

static size_t pin_len(const struct hz_op *op)
{
	return (op->count < PIN_MAX ? op->count : PIN_MAX) * hz_page_size();
}

void hz_act_pin(struct hz_machine *m, struct hz_lane *lane,
		const struct hz_op *op, struct hz_outcome *out)
{
	(void)m;
	result(out, hz_pin(&lane->pin, place(lane, op), pin_len(op),
			   op->val & (HZ_PIN_TO_WRITE | HZ_PIN_FAST)));
	lane->pinned = !out->ret;
}

void hz_act_pinned(struct hz_machine *m, const struct hz_op *op,
		   const struct hz_outcome *out)
{
	size_t n = pin_len(op) / hz_page_size(), i;

	if (out->ret) {
		hz_model_unsettle(&m->model);
		return;
	}
	m->pinned = n;
	m->pinned_at = op->page;
	hz_model_set(&m->model, op->page, n, HZ_PAGE_PINNED, true);
	for (i = 0; i < n; i++)
		hz_model_touch(&m->model, op->page + i);
}

bool hz_act_has_pin(const struct hz_machine *m, const struct hz_op *op)
{
	(void)op;
	return m->pinned;
}

/* As long as the page is not thrown away, it is the one that is mapped. */
void hz_act_pin_read(struct hz_machine *m, struct hz_lane *lane,
		     const struct hz_op *op, struct hz_outcome *out)
{
	static char pages[PIN_MAX * 64 * 1024];
	size_t i, page;
	ssize_t wrong;

	(void)op;
	result(out, hz_pin_read(&lane->pin, pages));
	for (i = 0; !out->ret && i < m->pinned; i++) {
		page = m->pinned_at + i;
		if (!hz_model_is(&m->model, page, HZ_PAGE_PINNED) ||
		    hz_model_is(&m->model, page, HZ_PAGE_LAZY))
			continue;
		wrong = hz_model_check(&m->model, page,
				       pages + i * m->model.page, NULL);
		if (wrong >= 0)
			out->wrong = page * m->model.page + wrong;
	}
}

void hz_act_unpin(struct hz_machine *m, struct hz_lane *lane,
		  const struct hz_op *op, struct hz_outcome *out)
{
	(void)m;
	(void)op;
	(void)out;
	if (lane->pinned)
		hz_unpin(&lane->pin);
	lane->pinned = false;
}

void hz_act_unpinned(struct hz_machine *m, const struct hz_op *op,
		     const struct hz_outcome *out)
{
	(void)op;
	(void)out;
	m->pinned = 0;
	hz_model_set(&m->model, 0, m->model.pages, HZ_PAGE_PINNED, false);
}
