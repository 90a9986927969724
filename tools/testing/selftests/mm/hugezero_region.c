// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hugezero_observe.h"
#include "hugezero_region.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21	/* 5.4 */
#endif

#define HPAGE_PMD_SIZE_FILE "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"

/* How deep below the current frame the stack is made present. */
#define STACK_DEPTH (64 * 1024)

size_t hz_pmd_size(void)
{
	static size_t size;
	FILE *f;

	if (size)
		return size;
	f = fopen(HPAGE_PMD_SIZE_FILE, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%zu", &size) != 1)
		size = 0;
	fclose(f);
	return size;
}

size_t hz_page_size(void)
{
	static size_t size;

	if (!size)
		size = sysconf(_SC_PAGESIZE);
	return size;
}

size_t hz_pmd_pages(void)
{
	return hz_pmd_size() / hz_page_size();
}

static int advise(char *addr, size_t len, enum hz_advice advice)
{
	switch (advice) {
	case HZ_ADVISE_HUGE:
		return madvise(addr, len, MADV_HUGEPAGE);
	case HZ_ADVISE_BASE:
		return madvise(addr, len, MADV_NOHUGEPAGE);
	case HZ_ADVISE_NOTHING:
		break;
	}
	return 0;
}

static int reserve(struct hz_region *r, size_t size)
{
	r->reserve_size = size;
	r->reserve = mmap(NULL, size, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (r->reserve != MAP_FAILED)
		return 0;
	r->reserve = NULL;
	return -errno;
}

static int map_in_reserve(struct hz_region *r, char *want,
			  enum hz_advice advice)
{
	size_t size = r->nr * hz_pmd_size();
	int err;

	r->addr = mmap(want, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
		       -1, 0);
	if (r->addr != MAP_FAILED && !advise(r->addr, size, advice))
		return 0;
	err = errno;
	hz_region_unmap(r);
	return -err;
}

int hz_region_map_spare(struct hz_region *r, size_t nr, size_t spare,
			enum hz_advice advice)
{
	size_t pmd = hz_pmd_size();
	int err;

	*r = (struct hz_region){ .nr = nr };
	if (!pmd)
		return -ENODEV;
	/* One PMD to align with, and at least a page on either side. */
	err = reserve(r, (nr + spare + 2) * pmd);
	if (err)
		return err;
	return map_in_reserve(r, (char *)(((uintptr_t)r->reserve + pmd) &
					  ~(pmd - 1)), advice);
}

size_t hz_table_span(void)
{
	return hz_pmd_size() * (hz_page_size() / sizeof(uint64_t));
}

int hz_region_map_at_border(struct hz_region *r, size_t nr, long from,
			    size_t spans)
{
	size_t span = hz_table_span();
	uintptr_t border;
	int err;

	*r = (struct hz_region){ .nr = nr };
	err = reserve(r, (2 * spans + 1) * span);
	if (err)
		return err;
	border = ((uintptr_t)r->reserve + (spans + 1) * span - 1) & ~(span - 1);
	return map_in_reserve(r, (char *)border + from * (long)hz_pmd_size(),
			      HZ_ADVISE_HUGE);
}

int hz_region_map(struct hz_region *r, size_t nr, enum hz_advice advice)
{
	return hz_region_map_spare(r, nr, 0, advice);
}

int hz_advise(char *addr, size_t len, int advice)
{
	int err;

	if (!madvise(addr, len, advice))
		return 0;
	err = -errno;
	return madvise(addr, 0, advice) ? -ENOSYS : err;
}

int hz_range_renew(char *range)
{
	size_t pmd = hz_pmd_size();

	if (munmap(range, pmd) ||
	    mmap(range, pmd, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		 MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != range ||
	    advise(range, pmd, HZ_ADVISE_HUGE))
		return -errno;
	return 0;
}

void hz_range_read_anew(void *range)
{
	hz_range_renew(range);
	hz_read_fault(range);
}

void hz_region_unmap(struct hz_region *r)
{
	if (r->reserve)
		munmap(r->reserve, r->reserve_size);
	*r = (struct hz_region){ 0 };
}

char *hz_range(const struct hz_region *r, size_t i)
{
	return r->addr + i * hz_pmd_size();
}

void hz_range_warm(char *range)
{
	hz_read_fault(range);
	madvise(range, hz_pmd_size(), MADV_DONTNEED);
}

int hz_range_map_by_pages(char *range)
{
	size_t page = hz_page_size();

	if (mprotect(range, page, PROT_READ) ||
	    mprotect(range, page, PROT_READ | PROT_WRITE))
		return -errno;
	return 0;
}

char *hz_mapping_end(const char *addr)
{
	unsigned long from, to, at = (unsigned long)addr;
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512], *end = NULL;

	while (f && !end && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx", &from, &to) == 2 && from <= at &&
		    at < to)
			end = (char *)to;
	if (f)
		fclose(f);
	return end;
}

void hz_go_to_next_cpu(const cpu_set_t *all)
{
	int cpu = sched_getcpu();
	cpu_set_t one;

	do
		cpu = (cpu + 1) % CPU_SETSIZE;
	while (!CPU_ISSET(cpu, all));
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

/* A page that waits on the list of a processor is reclaimed from that one. */
int hz_page_out_pages(char *addr, size_t n)
{
	int tries = 100, err = 0;
	cpu_set_t all;
	bool may_go = !sched_getaffinity(0, sizeof(all), &all);
	size_t left;

	if (may_go)
		tries += CPU_COUNT(&all);
	do {
		if (madvise(addr, n * hz_page_size(), MADV_PAGEOUT))
			err = -errno;
		left = hz_mapped_pages(addr, n);
		if (may_go && left)
			hz_go_to_next_cpu(&all);
	} while (!err && left && --tries && !usleep(1000));
	if (may_go)
		sched_setaffinity(0, sizeof(all), &all);
	return err;
}

int hz_page_out(char *range, struct hz_view *v)
{
	int err = hz_page_out_pages(range, hz_pmd_pages());

	hz_look(range, v);
	return err;
}

int hz_move_page(char *addr, int node)
{
	void *page = addr;
	int status = -1;

	/* MPOL_MF_MOVE */
	if (syscall(SYS_move_pages, 0, 1ul, &page, &node, &status, 1 << 1) < 0)
		return -errno;
	return status < 0 ? status : 0;
}

long hz_move_pages_of(pid_t pid, char *at, size_t n, int node)
{
	int *nodes = calloc(2 * n, sizeof(*nodes));
	void **pages = calloc(n, sizeof(*pages));
	long stayed = -1;
	size_t i;

	errno = ENOMEM;
	for (i = 0; nodes && pages && i < n; i++) {
		pages[i] = at + i * hz_page_size();
		nodes[i] = node;
	}
	if (nodes && pages)
		stayed = syscall(SYS_move_pages, pid, n, pages, nodes, nodes + n,
				 1 << 1);
	if (stayed < 0)
		stayed = -errno;
	free(nodes);
	free(pages);
	return stayed;
}

long hz_move_range(char *range, int node)
{
	return hz_move_pages_of(0, range, hz_pmd_pages(), node);
}

char hz_read_fault(const char *addr)
{
	return *(const volatile char *)addr;
}

void hz_read_all(const char *addr, size_t len)
{
	size_t i;

	for (i = 0; i < len; i += hz_page_size())
		hz_read_fault(addr + i);
}

void hz_store(char *addr, char value)
{
	*(volatile char *)addr = value;
}

ssize_t hz_first_nonzero(const char *addr, size_t len)
{
	size_t i;

	/* A run of bytes is zero if its first is and each equals the next. */
	if (!len || (!addr[0] && !memcmp(addr, addr + 1, len - 1)))
		return -1;
	for (i = 0; i < len && !addr[i]; i++)
		;
	return i;
}

ssize_t hz_first_wrong(const char *addr, size_t len, size_t from, size_t n,
		       char value)
{
	ssize_t at = hz_first_nonzero(addr, from);
	size_t i;

	if (at >= 0)
		return at;
	for (i = from; i < from + n; i++)
		if (addr[i] != value)
			return i;
	at = hz_first_nonzero(addr + i, len - i);
	return at < 0 ? -1 : at + (ssize_t)i;
}

/* What the process itself runs in: neither of a test nor of a crew's threads. */
static struct mapping {
	char *from, *to;
	bool write;
} own[256];
static size_t nr_own;
static struct mapping stack;

/* The harness has a page of its own for each fixture, one beside the other. */
static void add_own(char *from, char *to, bool write)
{
	struct mapping *last = nr_own ? &own[nr_own - 1] : NULL;

	if (last && last->to == from && last->write == write)
		last->to = to;
	else if (nr_own < ARRAY_SIZE(own))
		own[nr_own++] = (struct mapping){
			.from = from, .to = to, .write = write,
		};
}

void hz_settle_later(void)
{
	unsigned long from, to;
	char perms[5], name[64];
	static char line[4096];
	FILE *f;

	nr_own = 0;
	stack = (struct mapping){ 0 };
	f = fopen("/proc/self/maps", "re");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		name[0] = 0;
		if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %63s", &from, &to,
			   perms, name) < 3)
			continue;
		/* [vvar] and [vsyscall] need not be there where they say so. */
		if (perms[0] != 'r' || !strncmp(name, "[v", 2))
			continue;
		/* It is done apart, and may grow. */
		if (!strcmp(name, "[stack]")) {
			stack = (struct mapping){
				.from = (char *)from - STACK_DEPTH,
				.to = (char *)to,
			};
			continue;
		}
		/* Large and nameless is a range, or the program's .bss. */
		if (!name[0] && to - from >= hz_pmd_size() &&
		    !((unsigned long)own >= from && (unsigned long)own < to))
			continue;
		add_own((char *)from, (char *)to,
			perms[1] == 'w' && perms[3] == 'p');
	}
	fclose(f);
}

/* Setting no bit writes a page with one fault, and changes nothing. */
static void settle_page(char *p, bool write)
{
	if (write)
		__atomic_fetch_or((unsigned int *)p, 0, __ATOMIC_RELAXED);
	else
		hz_read_fault(p);
}

static void settle_mapping(const struct mapping *m)
{
	char *p;

	/* The heap may have shrunk since. */
	if (msync(m->from, m->to - m->from, MS_ASYNC))
		return;
	for (p = m->from; p < m->to; p += hz_page_size())
		settle_page(p, m->write);
}

/* What lies above are frames of the parent's, until they are written. */
static void settle_stack(void)
{
	volatile char below[STACK_DEPTH];
	char *here = (char *)((uintptr_t)below & -hz_page_size()), *p;
	size_t i;

	for (i = 0; i < sizeof(below); i += 1024)
		below[i] = 0;
	/* A thread's stack is none of ours. */
	if (here < stack.from)
		return;
	for (p = here; p < stack.to; p += hz_page_size())
		settle_page(p, true);
}

void hz_settle(void)
{
	size_t i;

	if (!nr_own)
		hz_settle_later();
	settle_stack();
	for (i = 0; i < nr_own; i++)
		settle_mapping(&own[i]);
}

bool hz_is_own(const void *addr)
{
	const char *at = addr;
	size_t i;

	for (i = 0; i < nr_own; i++)
		if (at >= own[i].from && at < own[i].to)
			return true;
	return at >= stack.from && at < stack.to;
}

static void bystander_serve(int ask, pid_t parent)
{
	struct hz_bystander_report rep;
	struct hz_region r;
	struct hz_view view;
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || hz_region_map(&r, 1, HZ_ADVISE_HUGE))
		_exit(1);
	hz_read_fault(r.addr);
	while (read(ask, &c, 1) == 1) {
		hz_look(r.addr, &view);
		rep.state = view.state;
		rep.nonzero = hz_first_nonzero(r.addr, hz_pmd_size());
		if (write(ask, &rep, sizeof(rep)) != sizeof(rep))
			break;
	}
	_exit(0);
}

int hz_bystander_start(struct hz_bystander *b)
{
	struct hz_bystander_report rep;
	pid_t parent = getpid();
	int ends[2];

	*b = (struct hz_bystander){ .pid = -1, .ask = -1 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	fflush(NULL);
	b->pid = fork();
	if (!b->pid) {
		close(ends[0]);
		bystander_serve(ends[1], parent);
	}
	close(ends[1]);
	b->ask = ends[0];
	if (b->pid < 0) {
		hz_bystander_stop(b);
		return -EAGAIN;
	}
	return hz_bystander_ask(b, &rep);
}

int hz_bystander_ask(struct hz_bystander *b, struct hz_bystander_report *rep)
{
	/* A pipe would raise SIGPIPE where nobody is left to ask. */
	if (send(b->ask, "?", 1, MSG_NOSIGNAL) != 1)
		return -ESRCH;
	return read(b->ask, rep, sizeof(*rep)) == sizeof(*rep) ? 0 : -ESRCH;
}

void hz_bystander_stop(struct hz_bystander *b)
{
	if (b->ask >= 0)
		close(b->ask);
	if (b->pid > 0)
		waitpid(b->pid, NULL, 0);
	*b = (struct hz_bystander){ .pid = -1, .ask = -1 };
}
