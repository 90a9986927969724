// SPDX-License-Identifier: GPL-2.0
#include <linux/perf_event.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hugezero_faults.h"
#include "hugezero_region.h"

/* Room for 2048 faults between two looks; what is lost counts as a test's. */
#define RING_BYTES (32 * 1024ul)

/* A fork has the words of its parent, but neither its event nor its ring. */
static __thread struct {
	pid_t owner;
	struct perf_event_mmap_page *ring;	/* NULL: none to be had */
	uint64_t *data;
	uint64_t words;
	long own;				/* faults */
} mine;

long hz_faults(void)
{
	struct rusage ru;

	getrusage(RUSAGE_THREAD, &ru);
	return ru.ru_minflt + ru.ru_majflt;
}

long hz_major_faults(void)
{
	struct rusage ru;

	getrusage(RUSAGE_THREAD, &ru);
	return ru.ru_majflt;
}

static int perf_event_open(struct perf_event_attr *attr)
{
	return syscall(SYS_perf_event_open, attr, 0, -1, -1,
		       PERF_FLAG_FD_CLOEXEC);
}

/* Of this thread; of its system calls, too, where that is allowed. */
static int open_event(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr),
		.config = PERF_COUNT_SW_PAGE_FAULTS, .sample_period = 1,
		.sample_type = PERF_SAMPLE_ADDR,
		.watermark = 1, .wakeup_watermark = UINT32_MAX,
	};
	int fd = perf_event_open(&attr);

	if (fd >= 0)
		return fd;
	attr.exclude_kernel = 1;
	return perf_event_open(&attr);
}

static void map_ring(int fd)
{
	size_t page = hz_page_size();
	size_t bytes = page > RING_BYTES ? page : RING_BYTES;
	void *p = mmap(NULL, page + bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		       fd, 0);
	size_t i;

	if (p == MAP_FAILED)
		return;
	for (i = 0; i < page + bytes; i += page)
		hz_read_fault((char *)p + i);
	mine.ring = p;
	mine.data = (uint64_t *)((char *)p + page);
	mine.words = bytes / sizeof(uint64_t);
}

/* The mapping keeps the event open. */
static void begin(pid_t thread)
{
	int fd;

	mine.owner = thread;
	mine.ring = NULL;
	mine.own = 0;
	fd = open_event();
	if (fd >= 0) {
		map_ring(fd);
		close(fd);
	}
}

static void count_own(void)
{
	uint64_t head = __atomic_load_n(&mine.ring->data_head,
					__ATOMIC_ACQUIRE);
	uint64_t tail = mine.ring->data_tail;

	while (tail < head) {
		uint64_t at = tail / sizeof(uint64_t);
		struct perf_event_header *h = (struct perf_event_header *)
					      &mine.data[at % mine.words];
		uint64_t addr = mine.data[(at + 1) % mine.words];

		if (h->type == PERF_RECORD_SAMPLE)
			mine.own += hz_is_own((void *)(uintptr_t)addr);
		tail += h->size;
	}
	__atomic_store_n(&mine.ring->data_tail, tail, __ATOMIC_RELEASE);
}

bool hz_faults_are_told_apart(void)
{
	pid_t thread = syscall(SYS_gettid);

	if (mine.owner != thread)
		begin(thread);
	return mine.ring;
}

long hz_faults_of_test(void)
{
	long all;

	if (!hz_faults_are_told_apart())
		return hz_faults();
	/* One between the two looks has to be missing in neither. */
	do {
		all = hz_faults();
		count_own();
	} while (all != hz_faults());
	return all - mine.own;
}
