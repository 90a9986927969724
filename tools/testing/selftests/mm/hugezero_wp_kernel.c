// SPDX-License-Identifier: GPL-2.0
/*
 * The same fault taken on behalf of the kernel: system calls that copy to user
 * memory, and those that take a reference to the page and write to it later.
 * And what the kernel reads of such a range when it dumps core.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hugezero_child.h"
#include "hugezero_core.h"
#include "hugezero_test.h"
#include "hugezero_trap.h"
#include "hugezero_writer.h"
#include <local_config.h>
#ifdef LOCAL_CONFIG_HAVE_LIBURING
#include <liburing.h>
#endif

#define PMD	((long)hz_pmd_size())
#define PAGE	((long)hz_page_size())
#define BYTE	HZ_WRITE_BYTE
#define LEN	HZ_WRITE_LEN

#ifndef GRND_INSECURE
#define GRND_INSECURE 4
#endif

static int by_readv(char *at)
{
	struct iovec parts[] = { { at, 100 }, { at + 100, LEN - 100 } };
	int fds[2], err;

	if (pipe(fds) || write(fds[1], hz_write_bytes, LEN) != LEN)
		return -errno;
	err = hz_write_all(readv(fds[0], parts, 2));
	close(fds[0]);
	close(fds[1]);
	return err;
}

static int by_pipe(char *at)
{
	int fds[2], err;

	if (pipe(fds) || write(fds[1], hz_write_bytes, LEN) != LEN)
		return -errno;
	err = hz_write_all(read(fds[0], at, LEN));
	close(fds[0]);
	close(fds[1]);
	return err;
}

static int by_recvmsg(char *at)
{
	struct iovec part = { at, LEN };
	struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1 };
	int fds[2], err;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) ||
	    send(fds[1], hz_write_bytes, LEN, 0) != LEN)
		return -errno;
	err = hz_write_all(recvmsg(fds[0], &msg, MSG_WAITALL));
	close(fds[0]);
	close(fds[1]);
	return err;
}

static int by_getrandom(char *at)
{
	/* Good numbers are of no matter; waiting for them at boot would be. */
	return hz_write_all(getrandom(at, LEN, GRND_INSECURE));
}

static int by_futex_op(char *at)
{
	static uint32_t other;
	int op = FUTEX_OP(FUTEX_OP_SET, 0xa5, FUTEX_OP_CMP_EQ, 0);

	/* Done atomically with faults off first, then fixed up. */
	return syscall(SYS_futex, &other, FUTEX_WAKE_OP, 1, 1, at, op) < 0 ?
	       -errno : 0;
}

static int nothing(void *arg)
{
	(void)arg;
	return 0;
}

/* The kernel stores the child's number here, for the parent. */
static int by_parent_settid(char *at)
{
	static char stack[16384] __attribute__((aligned(16)));
	pid_t pid = clone(nothing, stack + sizeof(stack),
			  CLONE_PARENT_SETTID | SIGCHLD, NULL, at);

	if (pid < 0)
		return -errno;
	waitpid(pid, NULL, 0);
	return 0;
}

/* And 0 when a child that shares the memory is gone: a write like another. */
static int by_clear_child_tid(char *at)
{
	static char stack[16384] __attribute__((aligned(16)));
	pid_t pid = clone(nothing, stack + sizeof(stack),
			  CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD, NULL, NULL,
			  NULL, at);

	if (pid < 0)
		return -errno;
	waitpid(pid, NULL, 0);
	return 0;
}

static int with_rseq_area(void *area)
{
	const int size = 32, signature = 0x53053053, unregister = 1;

	if (syscall(SYS_rseq, area, size, 0, signature) ||
	    syscall(SYS_rseq, area, size, unregister, signature))
		return errno;
	return 0;
}

/*
 * The processor's number in an rseq area, on the way back to user space. The
 * C library has registered an area for every thread of its own; a child that
 * shares the memory begins with none.
 */
static int by_rseq_area(char *at)
{
	static char stack[16384] __attribute__((aligned(16)));
	int status;
	pid_t pid = clone(with_rseq_area, stack + sizeof(stack),
			  CLONE_VM | CLONE_VFORK | SIGCHLD, at);

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EFAULT;
}

static void handle(int sig)
{
	(void)sig;
}

/* The frame of a signal, on an alternate stack that ends with the range. */
static int by_signal_frame(char *at)
{
	struct sigaction act = { .sa_handler = handle, .sa_flags = SA_ONSTACK };
	stack_t stack = { .ss_sp = at, .ss_size = 64 * 1024 }, old;

	if (sigaltstack(&stack, &old) || sigaction(SIGUSR1, &act, NULL) ||
	    raise(SIGUSR1) || sigaltstack(&old, NULL))
		return -errno;
	return 0;
}

/* A child traces its parent; 8 bytes. */
static int by_ptrace_poke(char *at)
{
	pid_t parent = getpid(), child;
	int status = 0, go[2];
	char c;

	if (pipe2(go, O_CLOEXEC))
		return -errno;
	child = fork();
	if (!child) {
		if (read(go[0], &c, 1) != 1 ||
		    ptrace(PTRACE_ATTACH, parent, NULL, NULL) ||
		    waitpid(parent, NULL, __WALL) != parent ||
		    ptrace(PTRACE_POKEDATA, parent, at,
			   *(long *)hz_write_bytes) ||
		    ptrace(PTRACE_DETACH, parent, NULL, NULL))
			_exit(errno);
		_exit(0);
	}
	prctl(PR_SET_PTRACER, child, 0, 0, 0);
	if (write(go[1], "!", 1) != 1)
		return -errno;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	close(go[0]);
	close(go[1]);
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

/* Of a part it would split the VMA and with it the PMD. */
static int by_mlock(char *at)
{
	char *range = (char *)((uintptr_t)at & ~(PMD - 1));

	return mlock(range, PMD) || munlock(range, PMD) ? -errno : 0;
}

#ifdef LOCAL_CONFIG_HAVE_LIBURING
/* One request, made by @prepare; the outcome of it, or -errno. */
static int submit(struct io_uring *ring, struct io_uring_sqe *sqe)
{
	struct io_uring_cqe *cqe;
	int err;

	(void)sqe;
	err = io_uring_submit_and_wait(ring, 1);
	if (err < 0)
		return err;
	err = io_uring_wait_cqe(ring, &cqe);
	if (err)
		return err;
	err = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	return err == LEN ? 0 : err < 0 ? err : -EIO;
}

static int memfd_of_bytes(void)
{
	int fd = memfd_create("hugezero", MFD_CLOEXEC);

	if (fd < 0 || pwrite(fd, hz_write_bytes, LEN, 0) != LEN)
		return -errno;
	return fd;
}

static int by_uring_read(char *at)
{
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	int fd, err = io_uring_queue_init(2, &ring, 0);

	if (err)
		return err;
	fd = memfd_of_bytes();
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_read(sqe, fd, at, LEN, 0);
	err = submit(&ring, sqe);
	io_uring_queue_exit(&ring);
	close(fd);
	return err;
}

static int by_uring_recv(char *at)
{
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	int fds[2], err = io_uring_queue_init(2, &ring, 0);

	if (err)
		return err;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) ||
	    send(fds[1], hz_write_bytes, LEN, 0) != LEN)
		return -errno;
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_recv(sqe, fds[0], at, LEN, MSG_WAITALL);
	err = submit(&ring, sqe);
	io_uring_queue_exit(&ring);
	close(fds[0]);
	close(fds[1]);
	return err;
}

/* A long-term write pin: it is the registration that takes the fault. */
static int register_buffer(struct io_uring *ring, char *at)
{
	struct iovec buffer = { at, LEN };
	int err = io_uring_queue_init(2, ring, 0);

	if (err)
		return err;
	err = io_uring_register_buffers(ring, &buffer, 1);
	if (err)
		io_uring_queue_exit(ring);
	return err;
}

/* The ring goes away later, and would hold what was locked until then. */
static void unregister_buffer(struct io_uring *ring)
{
	io_uring_unregister_buffers(ring);
	io_uring_queue_exit(ring);
}

static int read_fixed(struct io_uring *ring, char *at)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	int fd = memfd_of_bytes(), err;

	io_uring_prep_read_fixed(sqe, fd, at, LEN, 0, 0);
	err = submit(ring, sqe);
	close(fd);
	return err;
}

static int by_uring_register(char *at)
{
	struct io_uring ring;
	int err = register_buffer(&ring, at);

	if (!err)
		unregister_buffer(&ring);
	return err;
}

static int by_uring_read_fixed(char *at)
{
	struct io_uring ring;
	int err = register_buffer(&ring, at);

	if (err)
		return err;
	err = read_fixed(&ring, at);
	unregister_buffer(&ring);
	return err;
}
#else
static int without_liburing(char *at)
{
	(void)at;
	return -ENOPKG;
}

#define by_uring_read		without_liburing
#define by_uring_recv		without_liburing
#define by_uring_register	without_liburing
#define by_uring_read_fixed	without_liburing
#endif

/* What a writer locks is counted against what there is a limit to. */
enum limit { NO_LIMIT, OF_PROCESS, OF_USER };

/* One writer; what it leaves behind. */
FIXTURE(writer)
{
	struct hz_region region, other;
	struct hz_watch watch;
	char *range, *at;
};

FIXTURE_VARIANT(writer)
{
	int (*write)(char *at);
	size_t n;		/* bytes that it writes, at most, from @at */
	char value;		/* of each of them; 0: any, but not in all */
	int lack[2];		/* what it says where there is no such thing */
	enum limit limit;	/* of what it locks */
};

FIXTURE_VARIANT_ADD(writer, read) {
	.write = hz_write_by_read, .n = LEN, .value = BYTE,
};

FIXTURE_VARIANT_ADD(writer, readv) {
	.write = by_readv, .n = LEN, .value = BYTE,
};

FIXTURE_VARIANT_ADD(writer, pipe) {
	.write = by_pipe, .n = LEN, .value = BYTE,
};

FIXTURE_VARIANT_ADD(writer, recvmsg) {
	.write = by_recvmsg, .n = LEN, .value = BYTE,
};

FIXTURE_VARIANT_ADD(writer, getrandom) {
	.write = by_getrandom, .lack = { EINVAL }, .n = LEN,
};

FIXTURE_VARIANT_ADD(writer, futex_op) {
	.write = by_futex_op, .n = 4,
};

FIXTURE_VARIANT_ADD(writer, parent_settid) {
	.write = by_parent_settid, .n = 4,
};

FIXTURE_VARIANT_ADD(writer, clear_child_tid) {
	.write = by_clear_child_tid, .n = 0,
};

FIXTURE_VARIANT_ADD(writer, rseq_area) {
	.write = by_rseq_area, .n = 32, .lack = { ENOSYS },
};

FIXTURE_VARIANT_ADD(writer, signal_frame) {
	.write = by_signal_frame, .n = 64 * 1024,
};

FIXTURE_VARIANT_ADD(writer, direct_read) {
	.write = hz_write_by_direct_read, .n = LEN, .value = BYTE,
};

FIXTURE_VARIANT_ADD(writer, process_vm_writev) {
	.write = hz_write_by_process_vm_writev, .n = LEN, .value = BYTE,
};

FIXTURE_VARIANT_ADD(writer, proc_mem) {
	.write = hz_write_by_proc_mem, .n = LEN, .value = BYTE,
};

FIXTURE_VARIANT_ADD(writer, ptrace_poke) {
	.write = by_ptrace_poke,
	.lack = { EPERM }, .n = sizeof(long), .value = BYTE,
};

FIXTURE_VARIANT_ADD(writer, populate_write) {
	.write = hz_write_by_populate_write, .n = 0,
};

FIXTURE_VARIANT_ADD(writer, mlock) {
	.write = by_mlock, .n = 0, .limit = OF_PROCESS,
};

FIXTURE_VARIANT_ADD(writer, uring_read) {
	.write = by_uring_read,
	.lack = { ENOSYS, EPERM }, .n = LEN, .value = BYTE,
};

FIXTURE_VARIANT_ADD(writer, uring_recv) {
	.write = by_uring_recv,
	.lack = { ENOSYS, EPERM }, .n = LEN, .value = BYTE,
};

FIXTURE_VARIANT_ADD(writer, uring_register) {
	.write = by_uring_register,
	.lack = { ENOSYS, EPERM }, .n = 0, .limit = OF_USER,
};

FIXTURE_VARIANT_ADD(writer, uring_read_fixed) {
	.write = by_uring_read_fixed, .limit = OF_USER,
	.lack = { ENOSYS, EPERM }, .n = LEN, .value = BYTE,
};

FIXTURE_SETUP(writer)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	ASSERT_EQ(0, hz_region_map(&self->other, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	/* The end of the range: where an unmasked address would leave it. */
	self->at = self->range + PMD - 64 * 1024;
	hz_watch_on(&self->watch, self->range,
		    "the kernel's write to a huge-zero PMD");
	hz_read_fault(self->range);
	hz_read_fault(self->other.addr);
}

FIXTURE_TEARDOWN(writer)
{
	hz_region_unmap(&self->other);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/*
 * What locks or pins memory may be refused it, and where the limit is one for
 * all that a user runs, for what others of them have.
 */
#define NEED_ROOM_UNLESS_DONE(limit, err) do { \
	if ((limit) && ((err) == -ENOMEM || (err) == -EPERM)) \
		NEED(HZ_NEED_LOCK); \
	if ((limit) == OF_USER && (err) == -ENOMEM && geteuid()) \
		HZ_SKIP("needs room beside what this user locks elsewhere (ulimit -l)"); \
} while (0)

/* What a machine may lack is told by the variant; all else is an error. */
#define WRITE_OR_SKIP() do { \
	const int hz_err = variant->write(self->at); \
	const char *hz_lack = hz_writer_lack(variant->write, hz_err); \
	if (hz_lack) \
		HZ_SKIP("needs %s: %s", hz_lack, strerror(-hz_err)); \
	if (hz_err == -ENOPKG) \
		HZ_SKIP("needs liburing: built without liburing"); \
	NEED_ROOM_UNLESS_DONE(variant->limit, hz_err); \
	if (hz_err && (hz_err == -variant->lack[0] || \
		       hz_err == -variant->lack[1])) \
		HZ_SKIP("needs a kernel and a user that can: %s", \
			strerror(-hz_err)); \
	REQUIRE_OK(hz_err); \
} while (0)

TEST_F(writer, installs_one_thp)
{
	NEED(HZ_NEED_WP_THP);
	REQUIRE_STATE(self->range, HZ_HUGE_ZERO);
	WATCHED(&self->watch, WRITE_OR_SKIP());
	EXPECT_STATE_AFTER(&self->watch, HZ_ANON_THP);
}

TEST_F(writer, writes_only_its_bytes)
{
	WRITE_OR_SKIP();
	if (variant->value)
		EXPECT_ONLY_BYTES(self->at, variant->n, 0, variant->n,
				  variant->value);
	else if (variant->n)
		EXPECT_NUMBER("whether anything was written",
			      hz_first_nonzero(self->at, variant->n) >= 0,
			      true);
	memset(self->at, 0, variant->n);
	EXPECT_ALL_ZERO(self->range);
}

TEST_F(writer, leaves_the_huge_zero_page_zero)
{
	WRITE_OR_SKIP();
	EXPECT_STATE(self->other.addr, HZ_HUGE_ZERO);
	EXPECT_ALL_ZERO(self->other.addr);
}

/*
 * Writers that take a reference to the page. Nothing faults here: the page is
 * found in the THP by its address.
 */
FIXTURE(gup)
{
	struct hz_region region;
	char *range, *at;
};

FIXTURE_VARIANT(gup)
{
	int (*write)(char *at);
	int lack[2];		/* as of a writer */
	enum limit limit;
};

FIXTURE_VARIANT_ADD(gup, direct_read) {
	.write = hz_write_by_direct_read,
};

FIXTURE_VARIANT_ADD(gup, process_vm_writev) {
	.write = hz_write_by_process_vm_writev,
};

FIXTURE_VARIANT_ADD(gup, proc_mem) {
	.write = hz_write_by_proc_mem,
};

FIXTURE_VARIANT_ADD(gup, uring_read_fixed) {
	.write = by_uring_read_fixed, .lack = { ENOSYS, EPERM },
	.limit = OF_USER,
};

FIXTURE_SETUP(gup)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	self->range = self->region.addr;
	self->at = self->range + PAGE;
	hz_read_fault(self->range);
}

FIXTURE_TEARDOWN(gup)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(gup, writes_to_its_place_in_the_thp)
{
	NEED(HZ_NEED_WP_THP);
	memset(self->range, 0, PMD);
	REQUIRE_STATE(self->range, HZ_ANON_THP);
	WRITE_OR_SKIP();
	EXPECT_ONLY_BYTES(self->range, PMD, PAGE, LEN, BYTE);
}

/*
 * A registered buffer is pinned for as long as it is registered: what the
 * kernel writes to it has to be what the process reads.
 */
#ifdef LOCAL_CONFIG_HAVE_LIBURING
#define URING_OR_SKIP(err) do { \
	const int hz_err = (err); \
	NEED_ROOM_UNLESS_DONE(OF_USER, hz_err); \
	if (hz_err == -ENOSYS || hz_err == -EPERM) \
		HZ_SKIP("needs io_uring (CONFIG_IO_URING): %s", \
			strerror(-hz_err)); \
	REQUIRE_OK(hz_err); \
} while (0)
#endif

FIXTURE(pinned)
{
	struct hz_region region;
};

FIXTURE_SETUP(pinned)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	hz_read_fault(self->region.addr);
}

FIXTURE_TEARDOWN(pinned)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(pinned, page_is_the_mapped_page)
{
#ifndef LOCAL_CONFIG_HAVE_LIBURING
	HZ_SKIP("needs liburing: built without liburing");
#else
	char *at = self->region.addr + 3 * PAGE;
	struct io_uring ring;

	URING_OR_SKIP(register_buffer(&ring, at));
	/* Between the pin and its use the process goes on writing. */
	memset(self->region.addr, 1, PMD);
	URING_OR_SKIP(read_fixed(&ring, at));
	EXPECT_ONLY_BYTES(at, LEN, 0, LEN, BYTE);
	unregister_buffer(&ring);
#endif
}

/* A page that is pinned is copied for the child at once, not on a write. */
TEST_F(pinned, page_stays_with_the_parent_over_fork)
{
#ifndef LOCAL_CONFIG_HAVE_LIBURING
	HZ_SKIP("needs liburing: built without liburing");
#else
	char *at = self->region.addr + 3 * PAGE;
	struct io_uring ring;
	int status = -1;
	pid_t pid;

	URING_OR_SKIP(register_buffer(&ring, at));
	fflush(NULL);
	pid = fork();
	if (!pid)
		_exit(pause());
	hz_store(at, 1);
	URING_OR_SKIP(read_fixed(&ring, at));
	EXPECT_ONLY_BYTES(at, LEN, 0, LEN, BYTE);
	kill(pid, SIGKILL);
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	unregister_buffer(&ring);
#endif
}

/* Memory that its owner may read only; a debugger may write to it. */
FIXTURE(read_only)
{
	struct hz_region region, other;
};

FIXTURE_SETUP(read_only)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	ASSERT_EQ(0, hz_region_map(&self->other, 1, HZ_ADVISE_HUGE));
	hz_read_fault(self->region.addr);
	hz_read_fault(self->other.addr);
	ASSERT_EQ(0, mprotect(self->region.addr, PMD, PROT_READ));
}

FIXTURE_TEARDOWN(read_only)
{
	hz_region_unmap(&self->other);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

/*
 * The switch proc_mem.force_override may forbid what is tried here: a base page
 * that may not be written is left alone, too, then.
 */
static bool force_is_forbidden(void)
{
	struct hz_region r;
	int err;

	if (hz_region_map(&r, 1, HZ_ADVISE_BASE))
		return false;
	hz_store(r.addr, 1);
	err = mprotect(r.addr, PMD, PROT_READ) ? 0 :
						 hz_write_by_proc_mem(r.addr);
	hz_region_unmap(&r);
	return err == -EIO;
}

#define FORCE_OR_SKIP(at) do { \
	const int hz_err = hz_write_by_proc_mem(at); \
	if (hz_err == -EACCES || (hz_err == -EIO && force_is_forbidden())) \
		HZ_SKIP("needs FOLL_FORCE on /proc/self/mem: %s", \
			strerror(-hz_err)); \
	REQUIRE_OK(hz_err); \
} while (0)

TEST_F(read_only, forced_write_arrives)
{
	FORCE_OR_SKIP(self->region.addr + PAGE);
	EXPECT_ONLY_BYTES(self->region.addr, PMD, PAGE, LEN, BYTE);
}

TEST_F(read_only, forced_write_installs_one_thp)
{
	NEED(HZ_NEED_WP_THP);
	FORCE_OR_SKIP(self->region.addr + PAGE);
	EXPECT_STATE(self->region.addr, HZ_ANON_THP);
}

/* CVE-2017-1000405: a dirty huge zero PMD was taken for a copy of its own. */
TEST_F(read_only, forced_write_leaves_the_huge_zero_page_zero)
{
	FORCE_OR_SKIP(self->region.addr + PAGE);
	EXPECT_STATE(self->other.addr, HZ_HUGE_ZERO);
	EXPECT_ALL_ZERO(self->other.addr);
}

TEST_F(read_only, store_after_a_forced_write_still_traps)
{
	FORCE_OR_SKIP(self->region.addr + PAGE);
	EXPECT_NUMBER("signal of a store to the page written by force",
		      hz_try_store(self->region.addr + PAGE, 1), SIGSEGV);
	EXPECT_NUMBER("signal of a store to another page",
		      hz_try_store(self->region.addr + PMD - 1, 1), SIGSEGV);
}

/* The THP is the child's, too, from the fork on. */
TEST_F(read_only, forced_write_after_a_fork_stays_with_the_writer)
{
	struct hz_child child;

	FORCE_OR_SKIP(self->region.addr + PAGE);
	REQUIRE_OK(hz_child_start(&child));
	FORCE_OR_SKIP(self->region.addr + 5 * PAGE);
	EXPECT_CHILD_BYTES(&child, self->region.addr, PMD, PAGE, LEN, BYTE);
	EXPECT_NUMBER("signal that ended the child", hz_child_stop(&child), 0);
}

#define POKE_OR_SKIP(at) do { \
	const int hz_err = by_ptrace_poke(at); \
	if (hz_err == -EPERM) \
		HZ_SKIP("needs ptrace(2): %s", strerror(EPERM)); \
	REQUIRE_OK(hz_err); \
} while (0)

/* By force, too, and no switch forbids it. */
TEST_F(read_only, poke_arrives)
{
	POKE_OR_SKIP(self->region.addr + PAGE);
	EXPECT_ONLY_BYTES(self->region.addr, PMD, PAGE, sizeof(long), BYTE);
}

TEST_F(read_only, poke_installs_one_thp)
{
	NEED(HZ_NEED_WP_THP);
	POKE_OR_SKIP(self->region.addr + PAGE);
	EXPECT_STATE(self->region.addr, HZ_ANON_THP);
}

TEST_F(read_only, store_traps_and_changes_nothing)
{
	EXPECT_NUMBER("signal of a store",
		      hz_try_store(self->region.addr + PAGE, 1), SIGSEGV);
	EXPECT_STATE(self->region.addr, HZ_HUGE_ZERO);
}

TEST_F(read_only, process_vm_writev_is_refused)
{
	NEED_CROSS_MEMORY();
	EXPECT_NUMBER("process_vm_writev",
		      hz_write_by_process_vm_writev(self->region.addr + PAGE),
		      -EFAULT);
	EXPECT_STATE(self->region.addr, HZ_HUGE_ZERO);
	EXPECT_ALL_ZERO(self->region.addr);
}

TEST_F(read_only, read_into_it_is_refused)
{
	EXPECT_NUMBER("read", by_pipe(self->region.addr + PAGE), -EFAULT);
	EXPECT_STATE(self->region.addr, HZ_HUGE_ZERO);
}

/* vmsplice takes a reference to read by: the zeros that it saw stay zeros. */
FIXTURE(spliced)
{
	struct hz_region region;
	int pipe[2];
};

FIXTURE_SETUP(spliced)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 1, HZ_ADVISE_HUGE));
	ASSERT_EQ(0, pipe2(self->pipe, O_CLOEXEC));
	hz_read_fault(self->region.addr);
}

FIXTURE_TEARDOWN(spliced)
{
	close(self->pipe[0]);
	close(self->pipe[1]);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(spliced, reader_leaves_huge_zero)
{
	struct iovec part = { self->region.addr + PAGE, LEN };

	EXPECT_EQ(LEN, vmsplice(self->pipe[1], &part, 1, 0));
	EXPECT_STATE(self->region.addr, HZ_HUGE_ZERO);
}

TEST_F(spliced, pipe_keeps_the_zeros_after_the_write)
{
	struct iovec part = { self->region.addr + PAGE, LEN };
	char out[LEN];

	EXPECT_EQ(LEN, vmsplice(self->pipe[1], &part, 1, 0));
	memset(self->region.addr, BYTE, PMD);
	EXPECT_EQ(LEN, read(self->pipe[0], out, LEN));
	EXPECT_ONLY_BYTES(out, LEN, 0, 0, 0);
	EXPECT_ONLY_BYTES(self->region.addr, PMD, 0, PMD, BYTE);
}

/* A buffer that ends before what is to be written does. */
FIXTURE(short_write)
{
	struct hz_region region;
};

FIXTURE_SETUP(short_write)
{
	hz_test_begin();
	ASSERT_EQ(0, hz_region_map(&self->region, 2, HZ_ADVISE_HUGE));
	hz_read_fault(self->region.addr);
	ASSERT_EQ(0, munmap(self->region.addr + PMD, PMD));
}

FIXTURE_TEARDOWN(short_write)
{
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(short_write, into_the_range_writes_no_more)
{
	int fds[2];

	REQUIRE_OK(pipe2(fds, O_CLOEXEC));
	EXPECT_EQ(100, write(fds[1], hz_write_bytes, 100));
	EXPECT_EQ(100, read(fds[0], self->region.addr + PAGE, LEN));
	EXPECT_ONLY_BYTES(self->region.addr, PMD, PAGE, 100, BYTE);
	close(fds[0]);
	close(fds[1]);
}

TEST_F(short_write, over_the_end_writes_up_to_it)
{
	struct iovec from = { hz_write_bytes, LEN };
	struct iovec to = { self->region.addr + PMD - 100, LEN };
	long n;

	NEED_CROSS_MEMORY();
	/* Whether it says 100 or EFAULT is not told; what it wrote is. */
	n = process_vm_writev(getpid(), &from, 1, &to, 1, 0);
	EXPECT_TRUE(n == 100 || n == -1);
	EXPECT_ONLY_BYTES(self->region.addr, PMD, PMD - 100,
			  n == 100 ? 100 : 0, BYTE);
}

TEST_F(short_write, read_over_the_end_writes_up_to_it)
{
	int fd = memfd_create("hugezero", MFD_CLOEXEC);
	char *at = self->region.addr + PMD - 100;

	EXPECT_EQ(LEN, write(fd, hz_write_bytes, LEN));
	EXPECT_EQ(100, pread(fd, at, LEN, 0));
	EXPECT_ONLY_BYTES(self->region.addr, PMD, PMD - 100, 100, BYTE);
	close(fd);
}

#define CORE_LACKS_PROTECTED \
	"a core dump leaves out a THP that is read-write-protected"

#define CORE_LACKS_MOVING \
	"a core dump leaves out a THP that is being moved"

/* Bytes that a program has of its own. */
#define CORE_REST	(16 << 20)

/* A process that reads a range, writes to it, and dies of a signal. */
FIXTURE(core)
{
	struct hz_region region;
	struct hz_child child;
	struct hz_core core;
	const char *lack;
	char *range;
};

FIXTURE_VARIANT(core)
{
	enum hz_advice advice;
	bool huge;
};

FIXTURE_VARIANT_ADD(core, thp) {
	.advice = HZ_ADVISE_HUGE, .huge = true,
};

FIXTURE_VARIANT_ADD(core, base_pages) {
	.advice = HZ_ADVISE_BASE,
};

FIXTURE_SETUP(core)
{
	hz_test_begin();
	self->child = (struct hz_child){ .pid = -1, .ask = -1 };
	self->lack = hz_core_begin(&self->core, 4 * PMD + CORE_REST);
	ASSERT_EQ(0, hz_region_map(&self->region, 3, variant->advice));
	self->range = self->region.addr;
}

FIXTURE_TEARDOWN(core)
{
	hz_child_stop(&self->child);
	hz_core_end(&self->core);
	hz_region_unmap(&self->region);
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

#define CORE_OR_SKIP() do { \
	NEED_MEMORY(4 * PMD + CORE_REST); \
	if (self->lack) \
		HZ_SKIP("needs %s", self->lack); \
} while (0)

/* No two pages of a range begin, or end, with the same. */
static long stamp(long page)
{
	return page * 2 + 1;
}

static void deed_read(const struct hz_order *order, struct hz_told *told)
{
	char *rest = order->at + 2 * PMD;

	/*
	 * A mapping that was never written may be left out as a whole. With
	 * room for one page, no huge page comes of it.
	 */
	told->result = munmap(rest + PAGE, PMD - PAGE) ? -errno : 0;
	hz_store(rest, 1);
	hz_read_all(order->at, order->arg[0]);
}

static void deed_stamp(const struct hz_order *order, struct hz_told *told)
{
	long i, value;

	(void)told;
	hz_read_fault(order->at);
	for (i = 0; i < PMD / PAGE; i++) {
		value = stamp(i);
		memcpy(order->at + i * PAGE, &value, sizeof(value));
		memcpy(order->at + (i + 1) * PAGE - sizeof(value), &value,
		       sizeof(value));
	}
}

/* Its own, for a fork drops the registration. */
static void deed_protect(const struct hz_order *order, struct hz_told *told)
{
	static struct hz_uffd uffd;
	int err;

	err = hz_uffd_open(&uffd, HZ_UFFD_RWP | HZ_UFFD_RWP_ASYNC);
	if (!err)
		err = hz_uffd_register(&uffd, order->at, PMD,
				       HZ_UFFD_MODE_RWP);
	told->result = err ? err : hz_uffd_protect(&uffd, order->at, PMD, true);
}

static void deed_page_out(const struct hz_order *order, struct hz_told *told)
{
	told->result = hz_page_out(order->at, &told->view);
}

/* What a core dump has in place of a range that was stamped, in pages. */
struct found {
	long stamped, zero, other;
};

static void look_into_core(const struct hz_core *core, const char *range,
			   struct found *f)
{
	long i, first, last;

	*f = (struct found){ 0 };
	for (i = 0; i < PMD / PAGE; i++, range += PAGE) {
		first = -1;
		last = -1;
		hz_core_read(core, &first, range, sizeof(first));
		hz_core_read(core, &last, range + PAGE - sizeof(last),
			     sizeof(last));
		if (first == stamp(i) && last == stamp(i))
			f->stamped++;
		else if (!first && !last)
			f->zero++;
		else
			f->other++;
	}
}

/* Moves the range from node to node until the process is no more. */
static void move_until_dead(pid_t pid, char *range, long pages)
{
	siginfo_t dead = { 0 };
	int node = 0;

	while (!dead.si_pid) {
		hz_move_pages_of(pid, range, pages, node ^= 1);
		if (waitid(P_PID, pid, &dead, WEXITED | WNOHANG | WNOWAIT))
			break;
	}
}

#define STAMP_RANGE() do { \
	struct hz_told hz_did; \
	if (variant->huge) \
		NEED(HZ_NEED_WP_THP); \
	REQUIRE_OK(hz_child_start(&self->child)); \
	CHILD_DOES(&self->child, deed_stamp, &hz_did, .at = self->range); \
	if (variant->huge) \
		EXPECT_CHILD_STATE(&self->child, self->range, HZ_ANON_THP); \
} while (0)

/* A child that is not there has -1, which is everybody. */
static void abort_child(const struct hz_child *child)
{
	if (child->pid > 0)
		kill(child->pid, SIGABRT);
}

/* Ends the child, which is then reaped, and takes what it left. */
static int take_core(struct hz_child *child, struct hz_core *core)
{
	const pid_t pid = child->pid;

	abort_child(child);
	hz_child_stop(child);
	return hz_core_take(core, pid);
}

#define TAKE_CORE_OR_SKIP() do { \
	const int hz_err = take_core(&self->child, &self->core); \
	if (hz_err == -ENODATA) \
		HZ_SKIP("needs a core dump's owner and mode to be kept in %s", \
			self->core.dir); \
	REQUIRE_OK(hz_err); \
} while (0)

/* What it lacks is a hole in its file, which reads as zero. */
#define EXPECT_NOTHING_ELSE(f) \
	EXPECT_NUMBER("pages in the core dump that are not of the process", \
		      (f)->other, 0)

#define EXPECT_ALL_IN_CORE() do { \
	struct found hz_found; \
	look_into_core(&self->core, self->range, &hz_found); \
	EXPECT_NOTHING_ELSE(&hz_found); \
	EXPECT_NUMBER("pages that the core dump has", hz_found.stamped, \
		      PMD / PAGE); \
} while (0)

TEST_F(core, has_each_page_that_was_written)
{
	CORE_OR_SKIP();
	STAMP_RANGE();
	TAKE_CORE_OR_SKIP();
	EXPECT_ALL_IN_CORE();
}

TEST_F(core, has_each_page_that_was_swapped_out)
{
	struct hz_told told;

	NEED(HZ_NEED_SWAP);
	CORE_OR_SKIP();
	STAMP_RANGE();
	CHILD_DOES(&self->child, deed_page_out, &told, .at = self->range);
	REQUIRE_OK(told.result);
	EXPECT_NUMBER("pages in swap", told.view.swapped, PMD / PAGE);
	TAKE_CORE_OR_SKIP();
	EXPECT_ALL_IN_CORE();
}

/* A load would find them: the kernel takes the protection off by itself. */
TEST_F(core, has_each_page_that_is_protected)
{
	struct found found;
	struct hz_told told;

	NEED(HZ_NEED_UFFD_RWP_ASYNC);
	CORE_OR_SKIP();
	STAMP_RANGE();
	CHILD_DOES(&self->child, deed_protect, &told, .at = self->range);
	REQUIRE_OK(told.result);
	TAKE_CORE_OR_SKIP();
	look_into_core(&self->core, self->range, &found);
	EXPECT_NOTHING_ELSE(&found);
	EXPECT_NUMBER_OR_KNOWN("pages that the core dump has", found.stamped,
			       PMD / PAGE, variant->huge ? 0 : PMD / PAGE,
			       CORE_LACKS_PROTECTED);
}

/*
 *	mover			the process that dies
 *	puts an entry in place
 *	of a page to move it
 *				reads the page to write it to the dump, and
 *				has to wait for the move, as a load does
 *	maps the page again
 */
TEST_F(core, has_each_page_that_is_being_moved)
{
	struct found found = { 0 };
	long pages, tries;

	NEED(HZ_NEED_TWO_NODES);
	CORE_OR_SKIP();
	pages = variant->huge ? 1 : PMD / PAGE;
	for (tries = 10; !found.zero && tries; tries--) {
		STAMP_RANGE();
		REQUIRE_OK(hz_move_pages_of(self->child.pid, self->range,
					    pages, 1));
		REQUIRE_OK(hz_move_pages_of(self->child.pid, self->range,
					    pages, 0));
		abort_child(&self->child);
		move_until_dead(self->child.pid, self->range, pages);
		TAKE_CORE_OR_SKIP();
		look_into_core(&self->core, self->range, &found);
		EXPECT_NOTHING_ELSE(&found);
	}
	if (found.zero && variant->huge)
		HZ_KNOWN_ISSUE(CORE_LACKS_MOVING);
	EXPECT_NUMBER("pages that the core dump lacks", found.zero, 0);
}

/* A core dump leaves a hole in its file where all is zero. */
TEST_F(core, takes_no_room_for_zero_pages)
{
	long ranges, room[2];
	struct hz_told told;
	struct found found;

	CORE_OR_SKIP();
	for (ranges = 1; ranges <= 2; ranges++) {
		REQUIRE_OK(hz_child_start(&self->child));
		CHILD_DOES(&self->child, deed_read, &told, .at = self->range,
			   .arg = { ranges * PMD });
		REQUIRE_OK(told.result);
		TAKE_CORE_OR_SKIP();
		room[ranges - 1] = hz_core_room(&self->core);
		look_into_core(&self->core, self->range, &found);
		EXPECT_NUMBER("zero pages in the core dump", found.zero,
			      PMD / PAGE);
	}
	EXPECT_ABOUT("bytes more for a range more", room[1] - room[0], 0,
		     PMD / 4);
}

HZ_MAIN
