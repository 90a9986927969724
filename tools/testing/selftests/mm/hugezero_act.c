// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "hugezero_act.h"
#include "hugezero_act_track.h"

#ifndef MADV_COLD
#define MADV_COLD		20
#define MADV_PAGEOUT		21
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ	22
#define MADV_POPULATE_WRITE	23
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE		25
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL	102
#define MADV_GUARD_REMOVE	103
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP	4
#endif

/* What system calls copy at once, at most: two pages of any size. */
#define IO_MAX		(128 * 1024)

/*
 * Where a range may lie within its region. Never right beside where it was:
 * a mapping without anonymous pages would be merged with what it left behind,
 * and userfaultfd loses sight of both (see doc/observed.md).
 */
#define SLOTS		3
#define UNALIGNED_SLOT	2
#define SIDE_SLOT	3

#define NO_ACCESS	(HZ_PAGE_NONE | HZ_PAGE_GUARD)
#define NO_WRITE	(NO_ACCESS | HZ_PAGE_RO)

static char buffer[IO_MAX];

static struct {
	sigjmp_buf out;
	volatile sig_atomic_t armed;
	volatile int sig, code;
	char *volatile addr;
} trap;

static void on_trap(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (!trap.armed) {
		signal(sig, SIG_DFL);
		return;
	}
	trap.sig = sig;
	trap.code = info->si_code;
	trap.addr = info->si_addr;
	trap.armed = 0;
	siglongjmp(trap.out, 1);
}

void hz_lane_traps(void)
{
	struct sigaction act = {
		.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_NODEFER,
	};

	sigaction(SIGSEGV, &act, NULL);
	sigaction(SIGBUS, &act, NULL);
}

static void say_trap(const struct hz_lane *lane, struct hz_outcome *out)
{
	out->sig = trap.sig;
	out->code = trap.code;
	out->at = trap.addr - lane->at;
}

bool hz_lane_load(const struct hz_lane *lane, size_t at, char *value,
		  struct hz_outcome *out)
{
	if (sigsetjmp(trap.out, 0)) {
		say_trap(lane, out);
		return false;
	}
	trap.armed = 1;
	*value = hz_read_fault(lane->at + at);
	trap.armed = 0;
	return true;
}

bool hz_lane_store(const struct hz_lane *lane, size_t at, char value,
		   struct hz_outcome *out)
{
	if (sigsetjmp(trap.out, 0)) {
		say_trap(lane, out);
		return false;
	}
	trap.armed = 1;
	hz_store(lane->at + at, value);
	trap.armed = 0;
	return true;
}

static bool try_add(const struct hz_lane *lane, size_t at, uint32_t value,
		    struct hz_outcome *out)
{
	uint32_t *word = (uint32_t *)(lane->at + at);

	if (sigsetjmp(trap.out, 0)) {
		say_trap(lane, out);
		return false;
	}
	trap.armed = 1;
	out->ret = __atomic_fetch_add(word, value, __ATOMIC_SEQ_CST);
	trap.armed = 0;
	return true;
}

bool hz_lane_check(const struct hz_machine *m, const struct hz_lane *lane,
		   size_t page, struct hz_outcome *out, char *expected)
{
	const struct hz_model *model = &m->model;

	if (sigsetjmp(trap.out, 0)) {
		say_trap(lane, out);
		return false;
	}
	trap.armed = 1;
	out->wrong = hz_model_check(model, page, lane->at + page * model->page,
				    expected);
	trap.armed = 0;
	return out->wrong < 0;
}

bool hz_reserve(char *at, size_t len)
{
	return mmap(at, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS |
		    MAP_NORESERVE | MAP_FIXED, -1, 0) == at;
}

static size_t offset(const struct hz_op *op)
{
	return op->page * hz_page_size() + op->off;
}

static size_t extent(const struct hz_op *op)
{
	return op->count * hz_page_size();
}

static bool any(const struct hz_machine *m, const struct hz_op *op, int flags)
{
	return hz_model_any(&m->model, op->page, op->count, flags);
}

static void touch_extent(struct hz_machine *m, const struct hz_op *op)
{
	size_t i;

	for (i = 0; i < op->count; i++)
		hz_model_touch(&m->model, op->page + i);
}

static void result(struct hz_outcome *out, long ret)
{
	out->ret = ret;
	out->err = ret < 0 ? errno : 0;
}

/* Offset of the first of @len bytes in @seen that is not what it should be. */
static ssize_t first_wrong(const struct hz_machine *m, size_t at,
			   const char *seen, size_t len)
{
	const struct hz_model *model = &m->model;
	size_t i;

	for (i = 0; i < len; i++) {
		size_t page = (at + i) / model->page;

		if (seen[i] != model->bytes[at + i] &&
		    !hz_model_is(model, page, HZ_PAGE_LAZY))
			return at + i;
	}
	return -1;
}

/* The process's own instructions. */

static int load_signal(const struct hz_machine *m, const struct hz_op *op)
{
	if (m->tracked && m->way == HZ_TRACK_RWP)
		return -1;
	if (hz_model_is(&m->model, op->page, NO_ACCESS))
		return SIGSEGV;
	if (m->model.presence[op->page] == HZ_ABSENT &&
	    hz_model_is(&m->model, op->page, HZ_PAGE_MISSING))
		return SIGBUS;
	return 0;
}

static int store_signal(const struct hz_machine *m, const struct hz_op *op)
{
	if (hz_model_is(&m->model, op->page, NO_WRITE))
		return SIGSEGV;
	/* Whether it is protected by userfaultfd is for the ranges to tell. */
	return m->tracked ? -1 : load_signal(m, op);
}

static void run_load(struct hz_machine *m, struct hz_lane *lane,
		     const struct hz_op *op, struct hz_outcome *out)
{
	char value = 0;

	if (hz_lane_load(lane, offset(op), &value, out))
		out->wrong = first_wrong(m, offset(op), &value, 1);
}

static void learn_load(struct hz_machine *m, const struct hz_op *op,
		       const struct hz_outcome *out)
{
	if (!out->sig)
		hz_model_touch(&m->model, op->page);
}

static void run_store(struct hz_machine *m, struct hz_lane *lane,
		      const struct hz_op *op, struct hz_outcome *out)
{
	(void)m;
	hz_lane_store(lane, offset(op), op->val, out);
}

static void learn_store(struct hz_machine *m, const struct hz_op *op,
			const struct hz_outcome *out)
{
	if (!out->sig)
		hz_model_fill(&m->model, op->page, op->off, op->val, 1);
}

/* One byte of each page; stops where it traps. */
static void run_sweep(struct hz_machine *m, struct hz_lane *lane,
		      const struct hz_op *op, struct hz_outcome *out)
{
	size_t at = offset(op), i;

	(void)m;
	for (i = 0; i < op->count; i++, at += hz_page_size())
		if (!hz_lane_store(lane, at, op->val, out))
			break;
	out->ret = i;
}

static void learn_sweep(struct hz_machine *m, const struct hz_op *op,
			const struct hz_outcome *out)
{
	long i;

	for (i = 0; i < out->ret; i++)
		hz_model_fill(&m->model, op->page + i, op->off, op->val, 1);
}

static void run_fill(struct hz_machine *m, struct hz_lane *lane,
		     const struct hz_op *op, struct hz_outcome *out)
{
	size_t at = op->page * hz_page_size(), i;

	(void)m;
	for (i = 0; i < op->count; i++, at += hz_page_size()) {
		if (!hz_lane_store(lane, at, op->val, out))
			break;
		memset(lane->at + at, op->val, hz_page_size());
	}
	out->ret = i;
}

static void learn_fill(struct hz_machine *m, const struct hz_op *op,
		       const struct hz_outcome *out)
{
	hz_model_fill(&m->model, op->page, 0, op->val,
		      out->ret * hz_page_size());
}

static int extent_signal(const struct hz_machine *m, const struct hz_op *op)
{
	if (m->tracked)
		return -1;
	return any(m, op, NO_WRITE) ? SIGSEGV : 0;
}

static void run_add(struct hz_machine *m, struct hz_lane *lane,
		    const struct hz_op *op, struct hz_outcome *out)
{
	size_t at = offset(op) & ~3ul;

	if (try_add(lane, at, op->val, out))
		out->wrong = first_wrong(m, at, (char *)&(uint32_t){ out->ret },
					 4);
	/* What is in a page that was freed is not told. */
	if (hz_model_is(&m->model, op->page, HZ_PAGE_LAZY))
		out->ret = 0;
}

static bool add_applies(const struct hz_machine *m, const struct hz_op *op)
{
	return !hz_model_is(&m->model, op->page, HZ_PAGE_LAZY);
}

static void learn_add(struct hz_machine *m, const struct hz_op *op,
		      const struct hz_outcome *out)
{
	uint32_t sum = out->ret + op->val;

	if (!out->sig)
		hz_model_write(&m->model, op->page, op->off & ~3ul,
			       (char *)&sum, sizeof(sum));
}

/* The kernel on its behalf. */

/* Within a page, unless nothing in the extent can stop a copy half-way. */
static size_t copy_len(const struct hz_machine *m, const struct hz_op *op)
{
	size_t len = extent(op) - op->off;

	if (m->tracked || any(m, op, NO_WRITE))
		len = hz_page_size() - op->off;
	return len < IO_MAX ? len : IO_MAX;
}

static void run_pread(struct hz_machine *m, struct hz_lane *lane,
		      const struct hz_op *op, struct hz_outcome *out)
{
	size_t len = copy_len(m, op);

	memset(buffer, op->val, len);
	if (pwrite(m->file, buffer, len, 0) != (ssize_t)len)
		result(out, -1);
	else
		result(out, pread(m->file, lane->at + offset(op), len, 0));
}

static void learn_copy(struct hz_machine *m, const struct hz_op *op,
		       const struct hz_outcome *out)
{
	if (out->ret > 0)
		hz_model_fill(&m->model, op->page, op->off, op->val, out->ret);
	else
		hz_model_unsettle(&m->model);
}

static size_t pipe_len(const struct hz_machine *m, const struct hz_op *op)
{
	size_t len = copy_len(m, op);

	return len < 4096 ? len : 4096;
}

static void run_pipe_in(struct hz_machine *m, struct hz_lane *lane,
			const struct hz_op *op, struct hz_outcome *out)
{
	size_t len = pipe_len(m, op);
	int ends[2];

	if (pipe2(ends, O_CLOEXEC)) {
		result(out, -1);
		return;
	}
	memset(buffer, op->val, len);
	if (write(ends[1], buffer, len) == (ssize_t)len)
		result(out, read(ends[0], lane->at + offset(op), len));
	close(ends[0]);
	close(ends[1]);
}

static void run_pipe_out(struct hz_machine *m, struct hz_lane *lane,
			 const struct hz_op *op, struct hz_outcome *out)
{
	size_t len = pipe_len(m, op);
	int ends[2];

	if (len > hz_page_size() - op->off)
		len = hz_page_size() - op->off;
	if (pipe2(ends, O_CLOEXEC)) {
		result(out, -1);
		return;
	}
	result(out, write(ends[1], lane->at + offset(op), len));
	if (out->ret > 0 && read(ends[0], buffer, out->ret) == out->ret)
		out->wrong = first_wrong(m, offset(op), buffer, out->ret);
	close(ends[0]);
	close(ends[1]);
}

static void learn_read(struct hz_machine *m, const struct hz_op *op,
		       const struct hz_outcome *out)
{
	size_t at = op->off, end = op->off + (out->ret > 0 ? out->ret : 0);

	for (; at < end; at = (at / hz_page_size() + 1) * hz_page_size())
		hz_model_touch(&m->model, op->page + at / hz_page_size());
	if (out->ret <= 0)
		hz_model_unsettle(&m->model);
}

/* Sets a word, atomically with faults off first, and then fixed up. */
static void run_futex(struct hz_machine *m, struct hz_lane *lane,
		      const struct hz_op *op, struct hz_outcome *out)
{
	int what = FUTEX_OP(FUTEX_OP_SET, op->val, FUTEX_OP_CMP_EQ, 0);
	static uint32_t other;

	(void)m;
	result(out, syscall(SYS_futex, &other, FUTEX_WAKE_OP, 1, 1,
			    lane->at + (offset(op) & ~3ul), what));
}

static void learn_futex(struct hz_machine *m, const struct hz_op *op,
			const struct hz_outcome *out)
{
	uint32_t value = op->val;

	if (!out->ret)
		hz_model_write(&m->model, op->page, op->off & ~3ul,
			       (char *)&value, sizeof(value));
}

/* A page at a time whatever stops it, so extents of any kind will do. */
static size_t pvm_len(const struct hz_op *op)
{
	size_t len = extent(op) - op->off;

	return len < IO_MAX ? len : IO_MAX;
}

static void run_pvm_read(struct hz_machine *m, struct hz_lane *lane,
			 const struct hz_op *op, struct hz_outcome *out)
{
	struct iovec here = { buffer, pvm_len(op) };
	struct iovec there = { lane->at + offset(op), pvm_len(op) };

	result(out, process_vm_readv(getpid(), &here, 1, &there, 1, 0));
	if (out->ret > 0)
		out->wrong = first_wrong(m, offset(op), buffer, out->ret);
}

static void run_pvm_write(struct hz_machine *m, struct hz_lane *lane,
			  const struct hz_op *op, struct hz_outcome *out)
{
	struct iovec here = { buffer, pvm_len(op) };
	struct iovec there = { lane->at + offset(op), pvm_len(op) };

	(void)m;
	memset(buffer, op->val, here.iov_len);
	result(out, process_vm_writev(getpid(), &here, 1, &there, 1, 0));
}

/* What a debugger does: it may write where the process may not. */
static void run_force(struct hz_machine *m, struct hz_lane *lane,
		      const struct hz_op *op, struct hz_outcome *out)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	(void)m;
	memset(buffer, op->val, pvm_len(op));
	result(out, pwrite(fd, buffer, pvm_len(op),
			   (uintptr_t)lane->at + offset(op)));
	if (fd >= 0)
		close(fd);
}

/* References that outlive the call. */

static bool splice_applies(const struct hz_machine *m, const struct hz_op *op)
{
	(void)op;
	return m->nr_spliced < HZ_SPLICED_MAX;
}

static void run_splice(struct hz_machine *m, struct hz_lane *lane,
		       const struct hz_op *op, struct hz_outcome *out)
{
	struct iovec part = { lane->at + op->page * hz_page_size(),
			      hz_page_size() };

	(void)m;
	result(out, vmsplice(lane->pipe[1], &part, 1, SPLICE_F_NONBLOCK));
}

static void learn_splice(struct hz_machine *m, const struct hz_op *op,
			 const struct hz_outcome *out)
{
	if (out->ret <= 0) {
		hz_model_unsettle(&m->model);
		return;
	}
	hz_model_touch(&m->model, op->page);
	m->spliced[m->nr_spliced].page = op->page;
	m->spliced[m->nr_spliced].writes = m->model.writes[op->page];
	m->spliced[m->nr_spliced].known =
		!hz_model_is(&m->model, op->page, HZ_PAGE_LAZY);
	m->nr_spliced++;
}

/*
 * A pipe holds the page, not its bytes: what was written since may be in it or
 * may not. Where nothing was written, nothing may be.
 */
static void run_drain(struct hz_machine *m, struct hz_lane *lane,
		      const struct hz_op *op, struct hz_outcome *out)
{
	static char page[64 * 1024];
	size_t size = hz_page_size(), at;
	ssize_t n;
	int i;

	(void)op;
	for (i = 0; i < m->nr_spliced; i++) {
		size_t number = m->spliced[i].page;

		for (at = 0; at < size; at += n) {
			n = read(lane->pipe[0], page + at, size - at);
			if (n <= 0) {
				result(out, -1);
				return;
			}
		}
		if (m->spliced[i].known &&
		    m->spliced[i].writes == m->model.writes[number] &&
		    hz_model_check(&m->model, number, page, NULL) >= 0 &&
		    out->wrong < 0)
			out->wrong = number * size +
				hz_model_check(&m->model, number, page, NULL);
	}
	out->ret = i;
}

static void learn_drain(struct hz_machine *m, const struct hz_op *op,
			const struct hz_outcome *out)
{
	(void)op;
	(void)out;
	m->nr_spliced = 0;
}

/* Advice. */

static void run_advise(struct hz_machine *m, struct hz_lane *lane,
		       const struct hz_op *op, struct hz_outcome *out)
{
	(void)m;
	result(out, madvise(lane->at + op->page * hz_page_size(), extent(op),
			    hz_acts[op->kind].advice));
}

/* It goes on up to the first mapping that it cannot be given. */
static size_t advised(const struct hz_machine *m, const struct hz_op *op,
		      const struct hz_outcome *out)
{
	if (!out->ret)
		return op->count;
	return hz_model_until(&m->model, op->page, op->count, HZ_PAGE_LOCKED);
}

static void learn_dontneed(struct hz_machine *m, const struct hz_op *op,
			   const struct hz_outcome *out)
{
	size_t n = advised(m, op, out), i;

	for (i = op->page; i < op->page + n; i++)
		if (!hz_model_is(&m->model, i, HZ_PAGE_GUARD))
			hz_model_drop(&m->model, i);
}

/* Which of its pages are present cannot be told any more. */
static bool free_applies(const struct hz_machine *m, const struct hz_op *op)
{
	return !m->tracked && !any(m, op, HZ_PAGE_LAZY);
}

static void learn_free(struct hz_machine *m, const struct hz_op *op,
		       const struct hz_outcome *out)
{
	size_t n = advised(m, op, out), i;

	for (i = op->page; i < op->page + n; i++)
		if (!hz_model_is(&m->model, i, HZ_PAGE_GUARD))
			hz_model_free(&m->model, i);
}

static void learn_guard(struct hz_machine *m, const struct hz_op *op,
			const struct hz_outcome *out)
{
	size_t n = advised(m, op, out), i;

	for (i = op->page; i < op->page + n; i++) {
		hz_model_drop(&m->model, i);
		hz_model_set(&m->model, i, 1, HZ_PAGE_GUARD, true);
	}
}

static void learn_unguard(struct hz_machine *m, const struct hz_op *op,
			  const struct hz_outcome *out)
{
	if (!out->ret)
		hz_model_set(&m->model, op->page, op->count, HZ_PAGE_GUARD,
			     false);
}

static void learn_collapse(struct hz_machine *m, const struct hz_op *op,
			   const struct hz_outcome *out)
{
	(void)op;
	(void)out;
	hz_model_unsettle(&m->model);
}

static void learn_populate(struct hz_machine *m, const struct hz_op *op,
			   const struct hz_outcome *out)
{
	if (!out->ret)
		touch_extent(m, op);
	else
		hz_model_unsettle(&m->model);
}

/* A range of base pages stays one. */
static void run_huge(struct hz_machine *m, struct hz_lane *lane,
		     const struct hz_op *op, struct hz_outcome *out)
{
	if (lane->kind != HZ_LANE_BASE)
		run_advise(m, lane, op, out);
}

static void learn_wipe(struct hz_machine *m, const struct hz_op *op,
		       const struct hz_outcome *out)
{
	if (!out->ret)
		hz_model_set(&m->model, op->page, op->count, HZ_PAGE_WIPE,
			     op->kind == HZ_OP_WIPE);
}

static void run_mlock(struct hz_machine *m, struct hz_lane *lane,
		      const struct hz_op *op, struct hz_outcome *out)
{
	(void)m;
	result(out, mlock(lane->at + op->page * hz_page_size(), extent(op)));
}

static void learn_mlock(struct hz_machine *m, const struct hz_op *op,
			const struct hz_outcome *out)
{
	/* It is locked even if not all of it could be brought in. */
	hz_model_set(&m->model, op->page, op->count, HZ_PAGE_LOCKED, true);
	learn_populate(m, op, out);
}

static void run_munlock(struct hz_machine *m, struct hz_lane *lane,
			const struct hz_op *op, struct hz_outcome *out)
{
	(void)m;
	result(out, munlock(lane->at + op->page * hz_page_size(), extent(op)));
}

static void learn_munlock(struct hz_machine *m, const struct hz_op *op,
			  const struct hz_outcome *out)
{
	if (!out->ret)
		hz_model_set(&m->model, op->page, op->count, HZ_PAGE_LOCKED,
			     false);
}

/* Protection and place. */

static void run_mprotect(struct hz_machine *m, struct hz_lane *lane,
			 const struct hz_op *op, struct hz_outcome *out)
{
	(void)m;
	result(out, mprotect(lane->at + op->page * hz_page_size(), extent(op),
			     hz_acts[op->kind].prot));
}

static void learn_mprotect(struct hz_machine *m, const struct hz_op *op,
			   const struct hz_outcome *out)
{
	if (out->ret)
		return;
	hz_model_set(&m->model, op->page, op->count,
		     HZ_PAGE_RO | HZ_PAGE_NONE, false);
	if (op->kind == HZ_OP_RO)
		hz_model_set(&m->model, op->page, op->count, HZ_PAGE_RO, true);
	if (op->kind == HZ_OP_NONE)
		hz_model_set(&m->model, op->page, op->count, HZ_PAGE_NONE,
			     true);
}

static char *slot_of(const struct hz_lane *lane, int slot)
{
	char *at = lane->region.addr + 2 * slot * hz_pmd_size();

	return slot == UNALIGNED_SLOT ? at + hz_page_size() : at;
}

/*
 * One mapping after another: a range that went through other operations may be
 * several, and from 6.17 a move of several may stop half-way.
 */
static bool move(char *from, char *to, size_t len, int flags)
{
	char *end = from + len, *next;

	for (; from < end; to += next - from, from = next) {
		next = hz_mapping_end(from);
		if (!next || next > end)
			next = end;
		if (mremap(from, next - from, next - from, MREMAP_MAYMOVE |
			   MREMAP_FIXED | flags, to) != to)
			return false;
	}
	return true;
}

static int next_slot(const struct hz_lane *lane, const struct hz_op *op)
{
	return (lane->slot + 1 + op->val % (SLOTS - 1)) % SLOTS;
}

/* Takes the range to another place; what is left behind is looked at. */
static void run_move(struct hz_machine *m, struct hz_lane *lane,
		     const struct hz_op *op, struct hz_outcome *out)
{
	int flags = op->kind == HZ_OP_MOVE_LEAVE ? MREMAP_DONTUNMAP : 0;
	int slot = next_slot(lane, op);
	char value = 0;

	(void)m;
	if (!move(lane->at, slot_of(lane, slot), hz_pmd_size(), flags)) {
		result(out, -1);
		return;
	}
	/* Nothing is mapped there, or nothing but zeros. */
	hz_lane_load(lane, op->page * hz_page_size(), &value, out);
	out->ret = value;
	if (!hz_reserve(lane->at, hz_pmd_size()))
		result(out, -1);
	lane->slot = slot;
	lane->at = slot_of(lane, slot);
}

static int move_signal(const struct hz_machine *m, const struct hz_op *op)
{
	if (op->kind == HZ_OP_MOVE)
		return SIGSEGV;
	return m->tracked ? -1 :
	       hz_model_is(&m->model, op->page, HZ_PAGE_NONE) ? SIGSEGV : 0;
}

static void learn_move(struct hz_machine *m, const struct hz_op *op,
		       const struct hz_outcome *out)
{
	/* userfaultfd asks to be told of moves, or else loses sight. */
	if (out->ret >= 0)
		hz_model_set(&m->model, op->page, op->count, HZ_PAGE_MISSING,
			     false);
}

char *hz_lane_side(const struct hz_lane *lane, const struct hz_op *op)
{
	return slot_of(lane, SIDE_SLOT) + op->page * hz_page_size();
}

/* There and back: the page tables are not what they were, the bytes are. */
static void run_move_part(struct hz_machine *m, struct hz_lane *lane,
			  const struct hz_op *op, struct hz_outcome *out)
{
	char *from = lane->at + op->page * hz_page_size();
	char *side = hz_lane_side(lane, op);

	(void)m;
	if (!move(from, side, extent(op), 0) || !move(side, from, extent(op), 0))
		result(out, -1);
	hz_reserve(side, extent(op));
}

const struct hz_act hz_acts[HZ_OP_NR] = {
	[HZ_OP_LOAD] = {
		.run = run_load, .signal = load_signal, .learn = learn_load,
	},
	[HZ_OP_STORE] = {
		.run = run_store, .signal = store_signal, .learn = learn_store,
	},
	[HZ_OP_SWEEP] = {
		.run = run_sweep, .signal = extent_signal, .learn = learn_sweep,
	},
	[HZ_OP_FILL] = {
		.run = run_fill, .signal = extent_signal, .learn = learn_fill,
	},
	[HZ_OP_ADD] = {
		.run = run_add, .signal = store_signal, .learn = learn_add,
		.applies = add_applies,
	},
	[HZ_OP_PREAD] = { .run = run_pread, .learn = learn_copy },
	[HZ_OP_PIPE_IN] = { .run = run_pipe_in, .learn = learn_copy },
	[HZ_OP_PIPE_OUT] = { .run = run_pipe_out, .learn = learn_read },
	[HZ_OP_FUTEX] = { .run = run_futex, .learn = learn_futex },
	[HZ_OP_PVM_READ] = { .run = run_pvm_read, .learn = learn_read },
	[HZ_OP_PVM_WRITE] = { .run = run_pvm_write, .learn = learn_copy },
	[HZ_OP_FORCE] = { .run = run_force, .learn = learn_copy },
	[HZ_OP_SPLICE] = {
		.run = run_splice, .learn = learn_splice,
		.applies = splice_applies, .parent_only = true,
	},
	[HZ_OP_DRAIN] = {
		.run = run_drain, .learn = learn_drain, .parent_only = true,
	},
	[HZ_OP_DONTNEED] = {
		.run = run_advise, .learn = learn_dontneed,
		.advice = MADV_DONTNEED,
	},
	[HZ_OP_FREE] = {
		.run = run_advise, .learn = learn_free,
		.applies = free_applies, .advice = MADV_FREE,
	},
	[HZ_OP_COLD] = { .run = run_advise, .advice = MADV_COLD },
	[HZ_OP_PAGEOUT] = { .run = run_advise, .advice = MADV_PAGEOUT },
	[HZ_OP_COLLAPSE] = {
		.run = run_advise, .learn = learn_collapse, .whole = true,
		.advice = MADV_COLLAPSE,
		/*
		 * Base pages may not be collapsed, and whether others can
		 * depends on what is in their page table.
		 */
		.any_result = true,
	},
	[HZ_OP_POPULATE_READ] = {
		.run = run_advise, .learn = learn_populate,
		.advice = MADV_POPULATE_READ,
	},
	[HZ_OP_POPULATE_WRITE] = {
		.run = run_advise, .learn = learn_populate,
		.advice = MADV_POPULATE_WRITE,
	},
	[HZ_OP_HUGE] = { .run = run_huge, .advice = MADV_HUGEPAGE, .whole = true },
	/* Of a part it would part the mappings of some ranges and not of all. */
	[HZ_OP_NOHUGE] = {
		.run = run_advise, .advice = MADV_NOHUGEPAGE, .whole = true,
	},
	[HZ_OP_WIPE] = {
		.run = run_advise, .learn = learn_wipe,
		.advice = MADV_WIPEONFORK,
	},
	[HZ_OP_KEEP] = {
		.run = run_advise, .learn = learn_wipe,
		.advice = MADV_KEEPONFORK,
	},
	[HZ_OP_MERGEABLE] = { .run = run_advise, .advice = MADV_MERGEABLE },
	[HZ_OP_UNMERGEABLE] = { .run = run_advise, .advice = MADV_UNMERGEABLE },
	[HZ_OP_GUARD] = {
		.run = run_advise, .learn = learn_guard,
		.advice = MADV_GUARD_INSTALL,
	},
	[HZ_OP_UNGUARD] = {
		.run = run_advise, .learn = learn_unguard,
		.advice = MADV_GUARD_REMOVE,
	},
	[HZ_OP_MLOCK] = { .run = run_mlock, .learn = learn_mlock },
	[HZ_OP_MUNLOCK] = { .run = run_munlock, .learn = learn_munlock },
	[HZ_OP_RO] = {
		.run = run_mprotect, .learn = learn_mprotect, .prot = PROT_READ,
	},
	[HZ_OP_RW] = {
		.run = run_mprotect, .learn = learn_mprotect,
		.prot = PROT_READ | PROT_WRITE,
	},
	[HZ_OP_NONE] = {
		.run = run_mprotect, .learn = learn_mprotect, .prot = PROT_NONE,
	},
	[HZ_OP_MOVE] = {
		.run = run_move, .learn = learn_move, .signal = move_signal,
		.whole = true,
	},
	[HZ_OP_MOVE_LEAVE] = {
		.run = run_move, .learn = learn_move, .signal = move_signal,
		.whole = true,
	},
	[HZ_OP_MOVE_PART] = { .run = run_move_part, .learn = learn_move },
	[HZ_OP_REGISTER] = {
		.run = hz_act_register, .learn = hz_act_registered,
		.applies = hz_act_register_applies, .exact = true,
		.whole = true, .parent_only = true,
	},
	[HZ_OP_UNREGISTER] = {
		.run = hz_act_unregister, .learn = hz_act_unregistered,
		.applies = hz_act_tracked, .whole = true, .parent_only = true,
	},
	[HZ_OP_PROTECT] = {
		.run = hz_act_protect, .learn = hz_act_protected,
		.applies = hz_act_protect_applies,
		.exact = true, .parent_only = true,
	},
	[HZ_OP_UNPROTECT] = {
		.run = hz_act_protect, .learn = hz_act_protected,
		.applies = hz_act_protect_applies,
		.exact = true, .parent_only = true,
	},
	[HZ_OP_COPY] = {
		.run = hz_act_copy, .learn = hz_act_copied,
		.applies = hz_act_protect_applies,
		.exact = true, .parent_only = true,
	},
	[HZ_OP_ZEROPAGE] = {
		.run = hz_act_copy, .learn = hz_act_copied,
		.applies = hz_act_protect_applies,
		.exact = true, .parent_only = true,
	},
	[HZ_OP_UMOVE] = {
		.run = hz_act_umove, .learn = hz_act_umoved,
		.applies = hz_act_umove_applies,
		.exact = true, .parent_only = true,
	},
	[HZ_OP_SCAN] = {
		.run = hz_act_scan, .learn = hz_act_scanned,
		.applies = hz_act_scan_applies,
		.exact = true, .parent_only = true,
	},
	[HZ_OP_CLEAR_DIRTY] = {
		.run = hz_act_clear_dirty, .learn = hz_act_cleared_dirty,
		.once = true,
	},
	[HZ_OP_DIRTY] = { .run = hz_act_dirty, .whole = true },
	[HZ_OP_PIN] = {
		.run = hz_act_pin, .learn = hz_act_pinned,
		.applies = hz_act_pin_applies, .parent_only = true,
	},
	[HZ_OP_PIN_READ] = {
		.run = hz_act_pin_read, .applies = hz_act_has_pin,
		.parent_only = true,
	},
	[HZ_OP_UNPIN] = {
		.run = hz_act_unpin, .learn = hz_act_unpinned,
		.parent_only = true,
	},
};
