// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hugezero_region.h"
#include "hugezero_uffd.h"

/* include/uapi/linux/userfaultfd.h of 7.3; headers of distributions are older. */
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1		/* 5.11 */
#endif
#define PAGEFAULT_FLAG_WP	(1u << 1)
#define PAGEFAULT_FLAG_RWP	(1u << 3)

struct hz_uffdio_move {
	uint64_t dst, src, len, mode;
	int64_t move;
};

struct hz_uffdio_rwprotect {
	struct uffdio_range range;
	uint64_t mode;
};

#define HZ_UFFDIO_MOVE		_IOWR(0xAA, 0x05, struct hz_uffdio_move)
#define HZ_UFFDIO_RWPROTECT	_IOWR(0xAA, 0x09, struct hz_uffdio_rwprotect)
#define HZ_PROTECT		1ull

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Whom it takes: everyone may have the faults of user mode, since 5.11. */
static int open_uffd(bool *of_the_kernel)
{
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	*of_the_kernel = fd >= 0;
	if (fd < 0 && errno == EPERM)
		fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK |
			     UFFD_USER_MODE_ONLY);
	return fd < 0 ? -errno : fd;
}

static int64_t agree(int fd, uint64_t features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };

	return ioctl(fd, UFFDIO_API, &api) ? -errno : (int64_t)api.features;
}

int64_t hz_uffd_features(void)
{
	bool of_the_kernel;
	int fd = open_uffd(&of_the_kernel);
	int64_t features;

	if (fd < 0)
		return fd;
	features = agree(fd, 0);
	close(fd);
	return features;
}

bool hz_uffd_serves_the_kernel(void)
{
	bool of_the_kernel;
	int fd = open_uffd(&of_the_kernel);

	if (fd >= 0)
		close(fd);
	return of_the_kernel;
}

int hz_uffd_open(struct hz_uffd *u, uint64_t features)
{
	bool of_the_kernel;
	int64_t err;

	*u = (struct hz_uffd){ .fork_fd = -1, .stop = { -1, -1 } };
	u->fd = open_uffd(&of_the_kernel);
	if (u->fd < 0)
		return u->fd;
	err = agree(u->fd, features);
	if (err < 0)
		hz_uffd_close(u);
	return err < 0 ? err : 0;
}

bool hz_uffd_serves_fork(void)
{
	struct hz_uffd u;

	if (hz_uffd_open(&u, HZ_UFFD_EVENT_FORK))
		return false;
	hz_uffd_close(&u);
	return true;
}

static struct uffdio_range range_of(const void *addr, size_t len)
{
	return (struct uffdio_range){ .start = (uintptr_t)addr, .len = len };
}

int hz_uffd_register(struct hz_uffd *u, void *addr, size_t len, uint64_t modes)
{
	struct uffdio_register reg = {
		.range = range_of(addr, len), .mode = modes,
	};

	u->modes = modes;
	return ioctl(u->fd, UFFDIO_REGISTER, &reg) ? -errno : 0;
}

int hz_uffd_unregister(struct hz_uffd *u, void *addr, size_t len)
{
	struct uffdio_range range = range_of(addr, len);

	return ioctl(u->fd, UFFDIO_UNREGISTER, &range) ? -errno : 0;
}

static int protect(int fd, uint64_t modes, void *addr, size_t len, bool on)
{
	struct uffdio_writeprotect wp = {
		.range = range_of(addr, len), .mode = on ? HZ_PROTECT : 0,
	};
	struct hz_uffdio_rwprotect rwp = {
		.range = range_of(addr, len), .mode = on ? HZ_PROTECT : 0,
	};
	int err;

	if (modes & HZ_UFFD_MODE_RWP)
		err = ioctl(fd, HZ_UFFDIO_RWPROTECT, &rwp);
	else
		err = ioctl(fd, UFFDIO_WRITEPROTECT, &wp);
	return err ? -errno : 0;
}

int hz_uffd_protect(struct hz_uffd *u, void *addr, size_t len, bool on)
{
	return protect(u->fd, u->modes, addr, len, on);
}

int hz_uffd_zeropage(struct hz_uffd *u, void *to, size_t len)
{
	struct uffdio_zeropage zero = { .range = range_of(to, len) };

	return ioctl(u->fd, UFFDIO_ZEROPAGE, &zero) ? -errno : 0;
}

int hz_uffd_copy(struct hz_uffd *u, void *to, const void *from, size_t len)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)to, .src = (uintptr_t)from, .len = len,
	};

	return ioctl(u->fd, UFFDIO_COPY, &copy) ? -errno : 0;
}

int hz_uffd_move(struct hz_uffd *u, void *to, void *from, size_t len)
{
	struct hz_uffdio_move move = {
		.dst = (uintptr_t)to, .src = (uintptr_t)from, .len = len,
	};

	return ioctl(u->fd, HZ_UFFDIO_MOVE, &move) ? -errno : 0;
}

/* The child's faults are answered through the child's descriptor. */
static int unprotect(struct hz_uffd *u, void *addr, size_t len)
{
	return protect(u->from, u->modes, addr, len, false);
}

int hz_uffd_answer_range(struct hz_uffd *u, char *page)
{
	size_t pmd = hz_pmd_size();

	return unprotect(u, (void *)((uintptr_t)page & ~(pmd - 1)), pmd);
}

int hz_uffd_answer_page(struct hz_uffd *u, char *page)
{
	return unprotect(u, page, hz_page_size());
}

int hz_uffd_answer_zero(struct hz_uffd *u, char *page)
{
	return hz_uffd_zeropage(u, page, hz_page_size());
}

static void take_fault(struct hz_uffd *u, const struct uffd_msg *msg)
{
	uint64_t flags = msg->arg.pagefault.flags;
	int err;

	if (flags & PAGEFAULT_FLAG_WP)
		u->wp++;
	else if (flags & PAGEFAULT_FLAG_RWP)
		u->rwp++;
	else
		u->missing++;
	u->page = (char *)(uintptr_t)(msg->arg.pagefault.address &
				      ~(hz_page_size() - 1));
	err = u->answer(u, u->page);
	/* Nobody may wait for ever for an answer that went wrong. */
	if (err && !u->err) {
		u->err = err;
		shut(&u->fd);
	}
}

static void take_event(struct hz_uffd *u, int fd)
{
	struct uffd_msg msg;

	if (read(fd, &msg, sizeof(msg)) != sizeof(msg))
		return;
	if (msg.event == UFFD_EVENT_PAGEFAULT) {
		u->child += fd == u->fork_fd;
		u->from = fd;
		take_fault(u, &msg);
	} else if (msg.event == UFFD_EVENT_FORK) {
		u->fork++;
		u->fork_fd = msg.arg.fork.ufd;
		fcntl(u->fork_fd, F_SETFL, O_NONBLOCK);
	} else if (msg.event == UFFD_EVENT_REMAP) {
		u->remap++;
	} else {
		u->other++;
	}
}

static void *serve(void *arg)
{
	struct hz_uffd *u = arg;
	struct pollfd fds[3];

	for (;;) {
		fds[0] = (struct pollfd){ .fd = u->stop[0], .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = u->fd, .events = POLLIN };
		fds[2] = (struct pollfd){ .fd = u->fork_fd, .events = POLLIN };
		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			break;
		pthread_mutex_lock(&u->busy);
		if (fds[1].revents & POLLIN)
			take_event(u, u->fd);
		/* A child that has gone says POLLHUP, and nothing else. */
		if (fds[2].revents & POLLIN)
			take_event(u, u->fork_fd);
		else if (fds[2].revents)
			shut(&u->fork_fd);
		pthread_mutex_unlock(&u->busy);
		if (fds[0].revents)
			break;
	}
	return NULL;
}

int hz_uffd_serve(struct hz_uffd *u, hz_uffd_answer answer, void *arg)
{
	int err;

	u->answer = answer;
	u->arg = arg;
	pthread_mutex_init(&u->busy, NULL);
	if (pipe2(u->stop, O_CLOEXEC))
		return -errno;
	err = pthread_create(&u->thread, NULL, serve, u);
	u->serving = !err;
	return -err;
}

void hz_uffd_settle(struct hz_uffd *u)
{
	if (!u->serving)
		return;
	pthread_mutex_lock(&u->busy);
	pthread_mutex_unlock(&u->busy);
}

void hz_uffd_close(struct hz_uffd *u)
{
	/* A child may have inherited this end: closing it would say nothing. */
	if (u->serving && write(u->stop[1], "!", 1) == 1) {
		pthread_join(u->thread, NULL);
		u->serving = false;
	}
	shut(&u->stop[0]);
	shut(&u->stop[1]);
	shut(&u->fork_fd);
	shut(&u->fd);
}
