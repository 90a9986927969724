// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hugezero_act.h"
#include "hugezero_counters.h"
#include "hugezero_need.h"
#include "hugezero_ops.h"

/* Places for a range within its region, in PMDs: see hugezero_act.c. */
#define SPARE		8

/* A script that takes longer hangs; slow machines are emulated. */
#define SECONDS		100

static const char * const lane_names[HZ_LANES] = {
	[HZ_LANE_ZERO] = "read first",
	[HZ_LANE_THP] = "write first",
	[HZ_LANE_BASE] = "base pages",
};

static const char * const finding_names[] = {
	[HZ_AGREED] = "all ranges agree",
	[HZ_OUTCOMES_DIFFER] = "the ranges disagree",
	[HZ_UNEXPECTED] = "the ranges agree on what may not be",
	[HZ_WRONG_CONTENTS] = "wrong bytes",
	[HZ_WRONG_ACCOUNTS] = "memory is missing or too much",
	[HZ_PROCESS_DIED] = "the process died",
	[HZ_KERNEL_COMPLAINED] = "the kernel complained",
	[HZ_NOT_RUN] = "the script could not be run",
};

static const char *missing[HZ_OP_NR];
static enum hz_op_kind sabotaged = HZ_OP_NR;

void hz_ops_sabotage(enum hz_op_kind kind)
{
	sabotaged = kind;
}

const char *hz_finding_name(enum hz_finding_kind kind)
{
	return finding_names[kind];
}

const char *hz_op_missing(enum hz_op_kind kind)
{
	return missing[kind];
}

static void lack_advice(enum hz_op_kind kind, const char *words)
{
	/* Of nothing, any advice that the kernel knows succeeds. */
	if (madvise(NULL, 0, hz_acts[kind].advice))
		missing[kind] = words;
}

static bool may_lock(void)
{
	struct rlimit limit;

	return !geteuid() || (!getrlimit(RLIMIT_MEMLOCK, &limit) &&
			      limit.rlim_cur >= 2 * HZ_LANES * hz_pmd_size());
}

static bool can_leave(void)
{
	size_t len = hz_page_size();
	char *from = mmap(NULL, len, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *to = mremap(from, len, len, MREMAP_MAYMOVE | 4, NULL);

	munmap(from, len);
	if (to == MAP_FAILED)
		return false;
	munmap(to, len);
	return true;
}

/* The test device of older kernels holds one pin for all that open it. */
static bool can_pin_twice(void)
{
	static char pages[3 * 64 * 1024];
	char *at = (char *)(((uintptr_t)pages + 65535) & ~65535ul);
	struct hz_pin a, b;
	int err;

	if (hz_pin(&a, at, hz_page_size(), HZ_PIN_TO_READ))
		return false;
	err = hz_pin(&b, at, hz_page_size(), HZ_PIN_TO_READ);
	if (!err)
		hz_unpin(&b);
	hz_unpin(&a);
	return !err;
}

static void lack_need(enum hz_op_kind from, enum hz_op_kind to,
		      enum hz_need need)
{
	for (; from <= to; from++)
		if (hz_missing(need))
			missing[from] = hz_missing(need);
}

void hz_ops_probe(void)
{
	int i;

	for (i = 0; i < HZ_OP_NR; i++)
		missing[i] = NULL;
	lack_advice(HZ_OP_FREE, "MADV_FREE");
	lack_advice(HZ_OP_COLD, "MADV_COLD (5.4)");
	lack_advice(HZ_OP_PAGEOUT, "MADV_PAGEOUT (5.4)");
	lack_advice(HZ_OP_COLLAPSE, "MADV_COLLAPSE (6.1)");
	lack_advice(HZ_OP_POPULATE_READ, "MADV_POPULATE_READ (5.14)");
	lack_advice(HZ_OP_POPULATE_WRITE, "MADV_POPULATE_WRITE (5.14)");
	lack_advice(HZ_OP_MERGEABLE, "MADV_MERGEABLE (CONFIG_KSM)");
	lack_advice(HZ_OP_UNMERGEABLE, "MADV_UNMERGEABLE (CONFIG_KSM)");
	lack_advice(HZ_OP_GUARD, "MADV_GUARD_INSTALL (6.13)");
	lack_advice(HZ_OP_UNGUARD, "MADV_GUARD_REMOVE (6.13)");
	if (!may_lock())
		missing[HZ_OP_MLOCK] = "memory to lock (ulimit -l)";
	if (!can_leave())
		missing[HZ_OP_MOVE_LEAVE] = "MREMAP_DONTUNMAP (5.7)";
	lack_need(HZ_OP_REGISTER, HZ_OP_SCAN, HZ_NEED_UFFD);
	lack_need(HZ_OP_PROTECT, HZ_OP_UNPROTECT, HZ_NEED_UFFD_WP);
	lack_need(HZ_OP_UMOVE, HZ_OP_UMOVE, HZ_NEED_UFFD_MOVE);
	lack_need(HZ_OP_SCAN, HZ_OP_SCAN, HZ_NEED_UFFD_WP_ASYNC);
	lack_need(HZ_OP_CLEAR_DIRTY, HZ_OP_DIRTY, HZ_NEED_SOFT_DIRTY);
	if (!can_pin_twice())
		for (i = HZ_OP_PIN; i <= HZ_OP_UNPIN; i++)
			missing[i] = "a " HZ_PIN_FILE " that holds several pins";
	lack_need(HZ_OP_PIN, HZ_OP_UNPIN, HZ_NEED_GUP_TEST);
}

static size_t __attribute__((format(printf, 2, 3)))
say(struct hz_machine *m, const char *fmt, ...)
{
	char *text = m->finding->text;
	size_t at = strlen(text);
	va_list args;

	va_start(args, fmt);
	vsnprintf(text + at, sizeof(m->finding->text) - at, fmt, args);
	va_end(args);
	return at;
}

static bool find(struct hz_machine *m, enum hz_finding_kind kind)
{
	m->finding->kind = kind;
	m->finding->step = m->step;
	m->finding->text[0] = 0;
	return false;
}

static void say_outcome(struct hz_machine *m, int lane,
			const struct hz_outcome *out)
{
	say(m, "%-12s returned %ld", lane_names[lane], out->ret);
	if (out->err)
		say(m, " (%s)", strerror(out->err));
	if (out->sig)
		say(m, ", signal %d (%s) code %d at +0x%lx", out->sig,
		    out->sig == SIGBUS ? "SIGBUS" : "SIGSEGV", out->code,
		    out->at);
	if (out->wrong >= 0)
		say(m, ", handed out a wrong byte of +0x%zx", out->wrong);
	say(m, "\n");
}

static bool lane_begin(struct hz_lane *lane, enum hz_lane_kind kind)
{
	bool base = kind == HZ_LANE_BASE;

	*lane = (struct hz_lane){ .kind = kind, .pipe = { -1, -1 } };
	if (hz_region_map_spare(&lane->region, 1, SPARE, base ?
				HZ_ADVISE_BASE : HZ_ADVISE_HUGE) ||
	    pipe(lane->pipe))
		return false;
	lane->at = lane->region.addr;
	if (kind == HZ_LANE_THP)
		hz_store(lane->at, 0);
	else if (base)
		hz_read_all(lane->at, hz_pmd_size());
	else
		hz_read_fault(lane->at);
	return true;
}

static void lane_end(struct hz_lane *lane)
{
	if (lane->pinned)
		hz_unpin(&lane->pin);
	close(lane->pipe[0]);
	close(lane->pipe[1]);
	hz_region_unmap(&lane->region);
}

bool hz_machine_begin(struct hz_machine *m, struct hz_finding *finding)
{
	int i;

	*m = (struct hz_machine){ .finding = finding, .child = -1, .ask = -1 };
	*finding = (struct hz_finding){ .kind = HZ_AGREED };
	hz_lane_traps();
	m->file = memfd_create("hugezero", MFD_CLOEXEC);
	if (m->file < 0 || hz_model_init(&m->model)) {
		find(m, HZ_NOT_RUN);
		say(m, "no memory: %s\n", strerror(errno));
		return false;
	}
	m->rss = hz_status("RssAnon");
	m->page_tables = hz_status("VmPTE");
	for (i = 0; i < HZ_LANES; i++) {
		if (!lane_begin(&m->lane[i], i)) {
			find(m, HZ_NOT_RUN);
			say(m, "no memory: %s\n", strerror(errno));
			return false;
		}
	}
	return true;
}

/* Operands within the range, whatever the script says. */
static struct hz_op fitted(const struct hz_machine *m, const struct hz_op *op)
{
	struct hz_op fit = *op;

	fit.page %= m->model.pages;
	if (!fit.count || hz_acts[op->kind].whole) {
		fit.page = hz_acts[op->kind].whole ? 0 : fit.page;
		fit.count = m->model.pages - fit.page;
	}
	if (fit.count > m->model.pages - fit.page)
		fit.count = m->model.pages - fit.page;
	fit.off %= m->model.page;
	fit.val &= 0xff;
	return fit;
}

/* The pages where this operation begins and ends, and those next to them. */
static void heat(struct hz_machine *m, const struct hz_op *op)
{
	size_t end = op->page + op->count;

	hz_model_set(&m->model, op->page, 1, HZ_PAGE_HOT, true);
	hz_model_set(&m->model, end - 1, 1, HZ_PAGE_HOT, true);
	if (op->page)
		hz_model_set(&m->model, op->page - 1, 1, HZ_PAGE_HOT, true);
	if (end < m->model.pages)
		hz_model_set(&m->model, end, 1, HZ_PAGE_HOT, true);
}

static bool is_uncertain(const struct hz_model *model, size_t page)
{
	return model->presence[page] == HZ_PERHAPS &&
	       !hz_model_is(model, page, HZ_PAGE_NONE | HZ_PAGE_GUARD);
}

/*
 * Reads the pages of which it is not certain that they are there. That may
 * bring others in, which is as uncertain: hence once more.
 */
static void settle_presence(struct hz_machine *m, const struct hz_op *op)
{
	struct hz_outcome out = HZ_FINE;
	size_t i, k;
	char c;
	int l;

	for (k = 0; k < 2 * op->count; k++) {
		i = op->page + k % op->count;
		if (!is_uncertain(&m->model, i))
			continue;
		for (l = 0; l < HZ_LANES; l++)
			hz_lane_load(&m->lane[l], i * m->model.page, &c, &out);
		hz_model_touch(&m->model, i);
	}
}

static bool check_page(struct hz_machine *m, size_t page)
{
	char expected = 0, seen = 0;
	struct hz_outcome out;
	int l;

	for (l = 0; l < HZ_LANES; l++) {
		out = HZ_FINE;
		if (hz_lane_check(m, &m->lane[l], page, &out, &expected))
			continue;
		find(m, HZ_WRONG_CONTENTS);
		if (out.sig) {
			say(m, "%-12s page %zu cannot be read: signal %d code %d\n",
			    lane_names[l], page, out.sig, out.code);
			return false;
		}
		hz_lane_load(&m->lane[l], page * m->model.page + out.wrong,
			     &seen, &out);
		say(m, "%-12s page %zu byte %zd is 0x%02x, should be 0x%02x%s\n",
		    lane_names[l], page, out.wrong, seen & 0xff,
		    expected & 0xff, m->is_child ? " (in the child)" : "");
		return false;
	}
	return true;
}

static bool check_hot_pages(struct hz_machine *m)
{
	size_t i;

	/* To look would be an event of its own. */
	if (m->tracked && m->way == HZ_TRACK_RWP)
		return true;
	for (i = 0; i < m->model.pages; i++)
		if (hz_model_is(&m->model, i, HZ_PAGE_HOT) &&
		    m->model.presence[i] == HZ_PRESENT &&
		    !hz_model_is(&m->model, i, HZ_PAGE_NONE | HZ_PAGE_GUARD) &&
		    !check_page(m, i))
			return false;
	return true;
}

static bool same(const struct hz_act *act, const struct hz_outcome *a,
		 const struct hz_outcome *b)
{
	if (a->sig != b->sig || a->code != b->code || a->at != b->at)
		return false;
	return act->any_result || (a->ret == b->ret && a->err == b->err);
}

static bool compare(struct hz_machine *m, const struct hz_op *op,
		    const struct hz_outcome *out)
{
	const struct hz_act *act = &hz_acts[op->kind];
	int want = act->signal ? act->signal(m, op) : 0;
	enum hz_finding_kind kind = HZ_AGREED;
	int l;

	for (l = 0; l < HZ_LANES; l++) {
		if (want >= 0 && out[l].sig != want)
			kind = HZ_UNEXPECTED;
		if (out[l].wrong >= 0)
			kind = HZ_WRONG_CONTENTS;
	}
	for (l = 1; l < HZ_LANES && !act->once; l++)
		if (!same(act, &out[0], &out[l]))
			kind = HZ_OUTCOMES_DIFFER;
	if (kind == HZ_AGREED)
		return true;
	find(m, kind);
	for (l = 0; l < (act->once ? 1 : HZ_LANES); l++)
		say_outcome(m, l, &out[l]);
	if (kind == HZ_UNEXPECTED)
		say(m, "signal %d should have come\n", want);
	if (m->is_child)
		say(m, "(in the child)\n");
	return false;
}

static bool act_on_lanes(struct hz_machine *m, const struct hz_op *op)
{
	const struct hz_act *act = &hz_acts[op->kind];
	struct hz_outcome out[HZ_LANES];
	int l;

	if (act->exact)
		settle_presence(m, op);
	for (l = 0; l < HZ_LANES; l++) {
		out[l] = HZ_FINE;
		if (op->kind == sabotaged && l == HZ_LANE_ZERO)
			continue;
		if (!act->once || !l)
			act->run(m, &m->lane[l], op, &out[l]);
	}
	if (!compare(m, op, out))
		return false;
	if (act->learn)
		act->learn(m, op, &out[0]);
	return check_hot_pages(m);
}

/* The child does what it is asked to until it is asked to end. */
static void __attribute__((noreturn)) serve(struct hz_machine *m)
{
	struct hz_op op;
	bool fine;

	while (recv(m->ask, &op, sizeof(op), 0) == sizeof(op)) {
		fine = op.kind == HZ_OP_REAP ? hz_machine_end(m) :
					       hz_machine_step(m, &op);
		if (send(m->ask, &fine, sizeof(fine), MSG_NOSIGNAL) < 0 ||
		    op.kind == HZ_OP_REAP)
			break;
	}
	_exit(0);
}

static bool ask_child(struct hz_machine *m, const struct hz_op *op)
{
	struct hz_op question = *op;
	int status = 0;
	bool fine;

	question.child = false;
	if (send(m->ask, &question, sizeof(question), MSG_NOSIGNAL) > 0 &&
	    recv(m->ask, &fine, sizeof(fine), 0) == sizeof(fine)) {
		m->finding->step = m->step;
		return fine;
	}
	waitpid(m->child, &status, 0);
	m->child = -1;
	find(m, HZ_PROCESS_DIED);
	say(m, "the child ended with status 0x%x\n", status);
	return false;
}

static bool reap(struct hz_machine *m)
{
	const struct hz_op end = { .kind = HZ_OP_REAP };
	int status = 0;
	bool fine;

	if (m->child < 0)
		return true;
	fine = ask_child(m, &end);
	if (m->child >= 0)
		waitpid(m->child, &status, 0);
	close(m->ask);
	m->child = -1;
	m->ask = -1;
	if (!fine || !status)
		return fine;
	find(m, HZ_PROCESS_DIED);
	say(m, "the child ended with status 0x%x\n", status);
	return false;
}

static bool fork_child(struct hz_machine *m)
{
	pid_t parent = getpid();
	int ends[2], l;

	if (!reap(m))
		return false;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return true;
	m->child = fork();
	if (!m->child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(SECONDS);
		if (getppid() != parent)
			_exit(0);
		m->is_child = true;
		m->child = -1;
		m->ask = ends[1];
		m->tracked = false;
		m->pinned = 0;
		for (l = 0; l < HZ_LANES; l++)
			m->lane[l].pinned = false;
		close(ends[0]);
		hz_model_fork(&m->model);
		serve(m);
	}
	close(ends[1]);
	m->ask = ends[0];
	m->forked = true;
	if (m->child < 0) {
		close(ends[0]);
		m->ask = -1;
	}
	return true;
}

bool hz_machine_step(struct hz_machine *m, const struct hz_op *op)
{
	const struct hz_act *act = &hz_acts[op->kind];
	struct hz_op fit;
	bool fine = true;

	if (op->child && !m->is_child && m->child >= 0 &&
	    op->kind != HZ_OP_FORK && op->kind != HZ_OP_REAP &&
	    !act->parent_only) {
		fine = ask_child(m, op);
	} else if (op->child) {
		;
	} else if (op->kind == HZ_OP_FORK) {
		fine = m->is_child || fork_child(m);
	} else if (op->kind == HZ_OP_REAP) {
		fine = reap(m);
	} else if (!missing[op->kind]) {
		fit = fitted(m, op);
		heat(m, &fit);
		if (!act->applies || act->applies(m, &fit))
			fine = act_on_lanes(m, &fit);
	}
	m->step++;
	return fine;
}

static bool check_all_pages(struct hz_machine *m)
{
	size_t i;
	int l;

	for (l = 0; l < HZ_LANES; l++)
		mprotect(m->lane[l].at, hz_pmd_size(), PROT_READ | PROT_WRITE);
	for (i = 0; i < m->model.pages; i++)
		if (!hz_model_is(&m->model, i, HZ_PAGE_GUARD) &&
		    !check_page(m, i))
			return false;
	return true;
}

static bool check_account(struct hz_machine *m, const char *field, long before,
			  long slack)
{
	long now = hz_status(field);

	if (before < 0 || now < 0 || now <= before + slack)
		return true;
	find(m, HZ_WRONG_ACCOUNTS);
	say(m, "%s was %ld kB before there was a range and is %ld kB after%s\n",
	    field, before / 1024, now / 1024,
	    m->is_child ? " (in the child)" : "");
	return false;
}

bool hz_machine_end(struct hz_machine *m)
{
	/* What the process itself came to use in the meantime. */
	long own = 64 * hz_page_size();
	bool fine = reap(m);
	int l;

	if (m->tracked)
		hz_uffd_close(&m->uffd);
	m->tracked = false;
	if (!fine || !check_all_pages(m))
		return false;
	for (l = 0; l < HZ_LANES; l++)
		lane_end(&m->lane[l]);
	hz_model_release(&m->model);
	close(m->file);
	return check_account(m, "RssAnon", m->rss, hz_rss_slack() + own) &&
	       check_account(m, "VmPTE", m->page_tables, own);
}
