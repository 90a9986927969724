// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hugezero_counters.h"
#include "hugezero_khugepaged.h"
#include "hugezero_kmsg.h"
#include "hugezero_memcg.h"
#include "hugezero_need.h"
#include "hugezero_observe.h"
#include "hugezero_pin.h"
#include "hugezero_region.h"
#include "hugezero_settings.h"
#include "hugezero_uffd.h"

#ifndef MLOCK_ONFAULT
#define MLOCK_ONFAULT 1
#endif

#define DEBUGFS		"/sys/kernel/debug"
#define SPLIT_FILE	DEBUGFS "/split_huge_pages"

/* Fewer free blocks than this, and an allocation may well fail. */
#define FEW_BLOCKS	16

#define PROBE_SECONDS	60

/* What a probe may take, in huge pages: so many that a limit is not near. */
#define PROBE_BLOCKS	(2 * FEW_BLOCKS)

/* Of the least that a PMD maps: 32. */
#define FEW_PAGES	16

static struct {
	bool missing;
	char why[240];
} needs[HZ_NEED_NR];

static void __attribute__((format(printf, 2, 3)))
lack(enum hz_need need, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	needs[need].missing = true;
	vsnprintf(needs[need].why, sizeof(needs[need].why), fmt, args);
	va_end(args);
}

const char *hz_missing(enum hz_need need)
{
	return needs[need].missing ? needs[need].why : NULL;
}

const char *hz_missing_memory(size_t bytes)
{
	/* Half again, so that the test is not what drives the machine short. */
	long have = hz_mem_available(), want = bytes + bytes / 2;
	long room = hz_memcg_room();
	static char why[120];

	if (have >= 0 && have < want)
		snprintf(why, sizeof(why),
			 "%ld MiB of memory: MemAvailable is %ld MiB",
			 want >> 20, have >> 20);
	else if (room >= 0 && room < want)
		snprintf(why, sizeof(why),
			 "%ld MiB of memory: the memory cgroup's limit leaves %ld MiB",
			 want >> 20, room >> 20);
	else
		return NULL;
	return why;
}

static bool limit_is_near(void)
{
	long room = hz_memcg_room();

	return room >= 0 && room < FEW_BLOCKS * (long)hz_pmd_size();
}

bool hz_huge_pages_are_few(void)
{
	long blocks = hz_free_huge_blocks();

	return (blocks >= 0 && blocks < FEW_BLOCKS) || limit_is_near();
}

enum hz_control hz_control(char *words, size_t size)
{
	long fallback = hz_vmstat("thp_fault_fallback");
	struct hz_counters before, after;
	struct hz_region r;
	struct hz_view v;
	int err;

	err = hz_region_map(&r, 1, HZ_ADVISE_HUGE);
	if (err) {
		snprintf(words, size, "a range cannot be mapped: %s",
			 strerror(-err));
		return HZ_CONTROL_NO_MEMORY;
	}
	hz_count(&before, false);
	hz_store(r.addr, 1);
	hz_count(&after, true);
	hz_look(r.addr, &v);
	hz_region_unmap(&r);
	if (v.state == HZ_ANON_THP) {
		snprintf(words, size, "a range that was written first got its THP");
		return HZ_CONTROL_THP;
	}
	/* Who takes all memory there is for one store has no claim to be excused. */
	if (after.rss_anon - before.rss_anon >
	    2 * (long)hz_pmd_size() + hz_rss_slack()) {
		snprintf(words, size,
			 "a range that was written first got no THP, and took %ld MiB",
			 (after.rss_anon - before.rss_anon) >> 20);
		return HZ_CONTROL_REFUSED;
	}
	fallback = hz_vmstat("thp_fault_fallback") - fallback;
	snprintf(words, size,
		 "a range that was written first got none either: thp_fault_fallback +%ld, %ld free blocks of that size, %s",
		 fallback, hz_free_huge_blocks(),
		 limit_is_near() ? "and the memory cgroup is near its limit" :
		 "no limit of the memory cgroup near");
	return fallback && hz_huge_pages_are_few() ? HZ_CONTROL_NO_MEMORY :
						     HZ_CONTROL_REFUSED;
}

/* Its exit status, or -1 if it was killed. @cg: NULL, or what it is to be in. */
static int child_in(struct hz_memcg *cg, int (*probe)(void))
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		/* A kernel that retries a fault for ever is for a test to tell. */
		alarm(PROBE_SECONDS);
		if (cg)
			hz_memcg_enter(cg);
		_exit(probe());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/* Runs @probe in a child, for it may change what it likes. */
static int in_child(int (*probe)(void))
{
	return child_in(NULL, probe);
}

/*
 * A kernel that takes a new huge page for each retry takes all there are, and
 * leaves none for the tests to tell it with. Where a memory cgroup may be made,
 * one bounds what @probe takes.
 */
static int in_bounded_child(int (*probe)(void))
{
	struct hz_memcg cg;
	int status;

	if (hz_memcg_create(&cg, "probe"))
		return in_child(probe);
	hz_memcg_forbid_swap(&cg);
	hz_memcg_limit(&cg, PROBE_BLOCKS * hz_pmd_size());
	status = child_in(&cg, probe);
	hz_memcg_destroy(&cg);
	return status;
}

static struct {
	enum hz_control said;
	char words[300];
} *control;

static int ask_control(void)
{
	control->said = hz_control(control->words, sizeof(control->words));
	return 0;
}

enum hz_control hz_control_at_first(char *words, size_t size)
{
	enum hz_control said = HZ_CONTROL_REFUSED;

	control = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (control == MAP_FAILED) {
		snprintf(words, size, "a page of memory: %s", strerror(errno));
		return HZ_CONTROL_NO_MEMORY;
	}
	snprintf(words, size, "who wrote first to a range was killed");
	if (!in_bounded_child(ask_control)) {
		snprintf(words, size, "%s", control->words);
		said = control->said;
	}
	munmap(control, sizeof(*control));
	return said;
}

static enum hz_state after_read(struct hz_region *r)
{
	struct hz_view v;

	if (hz_region_map(r, 1, HZ_ADVISE_HUGE))
		return HZ_UNKNOWN;
	hz_read_fault(r->addr);
	hz_look(r->addr, &v);
	return v.state;
}

/* State of a range after a read and a store at @offset. */
static enum hz_state after_store_at(size_t offset)
{
	struct hz_region r = { 0 };
	struct hz_view v;

	v.state = after_read(&r);
	if (v.state == HZ_HUGE_ZERO) {
		hz_store(r.addr + offset, 1);
		hz_look(r.addr, &v);
	}
	hz_region_unmap(&r);
	return v.state;
}

/* Stores at both ends and in the middle of a range each make it @state. */
static bool stores_make(enum hz_state state)
{
	size_t pmd = hz_pmd_size();

	return after_store_at(0) == state && after_store_at(pmd / 2) == state &&
	       after_store_at(pmd - 1) == state;
}

/*
 * By what smaps counts as well, for an oracle that takes a zero page for
 * another would excuse the very kernel that maps a wrong one.
 */
static int reads_take_memory(void)
{
	size_t page = hz_page_size(), len = FEW_PAGES * page;
	struct hz_region r = { 0 };
	struct hz_view v;

	if (hz_next_range_is(HZ_HUGE_ZERO) ||
	    hz_region_map(&r, 1, HZ_ADVISE_BASE))
		return false;
	hz_read_all(r.addr, len);
	hz_look(r.addr, &v);
	return v.anon == FEW_PAGES && !v.zero &&
	       hz_smaps(r.addr, "Anonymous") == (long)len;
}

bool hz_zero_page_is_forbidden(void)
{
	return in_child(reads_take_memory) == true;
}

static int splits_everywhere(void)
{
	return stores_make(HZ_PAGE_TABLE);
}

bool hz_next_range_is(enum hz_state want)
{
	struct hz_region r = { 0 };
	bool is;

	if (want == HZ_ANON_THP)
		return stores_make(want);
	is = after_read(&r) == want;
	hz_region_unmap(&r);
	return is;
}

/*
 * One root cause is one red line: where every wp-fault splits, one test says
 * so and those that build on the THP name it. A kernel that splits only here
 * or there is told by the tests themselves.
 */
static void probe_wp_thp(void)
{
	char words[300];

	if (in_bounded_child(splits_everywhere) == 1 &&
	    hz_control_at_first(words, sizeof(words)) == HZ_CONTROL_THP)
		lack(HZ_NEED_WP_THP,
		     "a THP on a wp-fault: this kernel splits the PMD, see hugezero_wp wp_fault_installs_one_thp");
}

static int soft_dirty_works(void)
{
	struct hz_region r;
	struct hz_folio f;

	/* Of base pages: what a THP reports is for the tests to say. */
	if (hz_region_map(&r, 1, HZ_ADVISE_BASE))
		return 1;
	hz_store(r.addr, 1);
	return hz_look_folio(r.addr, &f) || !f.soft_dirty;
}

static void probe_observation(void)
{
	if (!hz_have_kpageflags())
		lack(HZ_NEED_KPAGEFLAGS,
		     "/proc/kpageflags and PFNs in /proc/self/pagemap (CAP_SYS_ADMIN, CONFIG_PROC_PAGE_MONITOR)");
	if (!hz_have_pagemap_scan())
		lack(HZ_NEED_PAGEMAP_SCAN,
		     "ioctl PAGEMAP_SCAN on /proc/self/pagemap (6.7)");
	if (hz_mthp_stat("anon_fault_alloc") < 0)
		lack(HZ_NEED_MTHP_STATS,
		     HZ_THP_DIR "hugepages-%zukB/stats/anon_fault_alloc (6.10)",
		     hz_pmd_size() / 1024);
	/* 64 KiB pages under a PMD of 2 MiB: 32 entries. */
	if (hz_pmd_pages() * sizeof(uint64_t) < 1024)
		lack(HZ_NEED_PTE_KB,
		     "page tables of 1 KiB, which VmPTE counts in: one has %zu bytes here",
		     hz_pmd_pages() * sizeof(uint64_t));
	if (in_child(soft_dirty_works))
		lack(HZ_NEED_SOFT_DIRTY, "CONFIG_MEM_SOFT_DIRTY");
	if (!hz_kmsg_readable())
		lack(HZ_NEED_KMSG,
		     "/dev/kmsg (CAP_SYSLOG, kernel.dmesg_restrict)");
}

static bool older_than(int major, int minor)
{
	int a = 0, b = 0;
	struct utsname un;

	uname(&un);
	if (sscanf(un.release, "%d.%d", &a, &b) != 2)
		return false;
	return a < major || (a == major && b < minor);
}

static void probe_memcg(void)
{
	char why[160];

	/* It counted a huge page as one update of a batch of 32 pages. */
	if (older_than(5, 11))
		lack(HZ_NEED_MEMCG_THP,
		     "a memory.stat that counts huge pages at once (5.11)");
	/* It kept back up to 32 events on each CPU. */
	if (older_than(5, 12))
		lack(HZ_NEED_MEMCG_FAULTS,
		     "a memory.stat that counts page faults one by one (5.12)");
	if (!hz_memcg_init(why, sizeof(why))) {
		lack(HZ_NEED_MEMCG, "a memory cgroup: %s", why);
		lack(HZ_NEED_MEMCG_FAULTS, "a memory cgroup: %s", why);
		lack(HZ_NEED_MEMCG_THP, "a memory cgroup: %s", why);
		lack(HZ_NEED_MEMCG_V2, "a memory cgroup: %s", why);
	} else if (hz_memcg_version() != 2) {
		lack(HZ_NEED_MEMCG_V2,
		     "thp_fault_alloc in memory.stat: the controller is on the cgroup v1 hierarchy");
	}
}

int hz_open_debugfs(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd >= 0 || errno != ENOENT)
		return fd < 0 ? -errno : fd;
	if (unshare(CLONE_NEWNS) ||
	    mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    (mount("debugfs", DEBUGFS, "debugfs", 0, NULL) && errno != EBUSY))
		return -errno;
	/* EBUSY: it is mounted, and has no such file. */
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int hz_split_folio(const void *range)
{
	int fd = hz_open_debugfs(SPLIT_FILE, O_WRONLY), err = 0;
	unsigned long at = (unsigned long)range;
	char what[80];

	if (fd < 0)
		return fd;
	snprintf(what, sizeof(what), "%d,0x%lx,0x%lx", getpid(), at,
		 (unsigned long)(at + hz_pmd_size()));
	if (write(fd, what, strlen(what)) < 0)
		err = -errno;
	close(fd);
	return err;
}

static int split_file_works(void)
{
	int fd = hz_open_debugfs(SPLIT_FILE, O_WRONLY);

	return fd < 0 ? -fd : 0;
}

static void probe_split(void)
{
	int err = in_child(split_file_works);

	if (err)
		lack(HZ_NEED_SPLIT_FOLIO, SPLIT_FILE ": %s",
		     strerror(err < 0 ? ECHILD : err));
}

static int gup_test_works(void)
{
	int fd = hz_open_debugfs(HZ_PIN_FILE, O_RDWR);

	return fd < 0 ? -fd : 0;
}

static void probe_pin(void)
{
	int err = in_child(gup_test_works);

	if (err)
		lack(HZ_NEED_GUP_TEST, HZ_PIN_FILE ": %s (root, CONFIG_GUP_TEST)",
		     strerror(err < 0 ? ECHILD : err));
}

/* What a kernel of that age has, on an architecture that can. */
static const struct {
	enum hz_need need;
	uint64_t feature;
	const char *name;
} uffd_features[] = {
	{ HZ_NEED_UFFD_WP, HZ_UFFD_WP,
	  "UFFD_FEATURE_PAGEFAULT_FLAG_WP (5.7, CONFIG_HAVE_ARCH_USERFAULTFD_WP)" },
	{ HZ_NEED_UFFD_FORK, HZ_UFFD_EVENT_FORK, "UFFD_FEATURE_EVENT_FORK" },
	{ HZ_NEED_UFFD_WP_UNPOPULATED, HZ_UFFD_WP | HZ_UFFD_WP_UNPOPULATED,
	  "UFFD_FEATURE_WP_UNPOPULATED (6.4)" },
	{ HZ_NEED_UFFD_WP_ASYNC, HZ_UFFD_WP | HZ_UFFD_WP_ASYNC,
	  "UFFD_FEATURE_WP_ASYNC (6.7)" },
	{ HZ_NEED_UFFD_MOVE, HZ_UFFD_MOVE, "UFFD_FEATURE_MOVE (6.8)" },
	{ HZ_NEED_UFFD_RWP, HZ_UFFD_RWP,
	  "UFFD_FEATURE_RWP (7.3, CONFIG_USERFAULTFD_RWP)" },
	{ HZ_NEED_UFFD_RWP_ASYNC, HZ_UFFD_RWP | HZ_UFFD_RWP_ASYNC,
	  "UFFD_FEATURE_RWP_ASYNC (7.3, CONFIG_USERFAULTFD_RWP)" },
};

static void probe_uffd(void)
{
	int64_t have = hz_uffd_features();
	size_t i;

	if (have < 0) {
		lack(HZ_NEED_UFFD, "userfaultfd(2): %s (CONFIG_USERFAULTFD, or root before 5.11)",
		     strerror(-have));
		have = 0;
	}
	if (!hz_uffd_serves_the_kernel())
		lack(HZ_NEED_UFFD_KERNEL,
		     "userfaultfd(2) of the kernel's faults: %s",
		     "CAP_SYS_PTRACE, or 1 in /proc/sys/vm/unprivileged_userfaultfd");
	for (i = 0; i < ARRAY_SIZE(uffd_features); i++)
		if ((have & uffd_features[i].feature) !=
		    uffd_features[i].feature)
			lack(uffd_features[i].need, "userfaultfd(2) with %s",
			     uffd_features[i].name);
	if (older_than(6, 15))
		lack(HZ_NEED_UFFD_MOVE_CLEAN,
		     "UFFDIO_MOVE that leaves clean pages clean (6.15)");
	if (older_than(5, 14))
		lack(HZ_NEED_UFFD_WP,
		     "a pagemap that shows write protection (5.14)");
	if (have && !hz_uffd_serves_fork())
		lack(HZ_NEED_UFFD_FORK,
		     "CAP_SYS_PTRACE for UFFD_FEATURE_EVENT_FORK of userfaultfd(2)");
}

static bool can_rewrite(const char *knob)
{
	char value[64];

	return !hz_knob_get(knob, value, sizeof(value)) &&
	       !hz_knob_set(knob, value);
}

static void probe_failures(void)
{
	char value[64];
	int err = hz_knob_get(HZ_FAIL_DIR "probability", value, sizeof(value));

	if (!err && !can_rewrite(HZ_FAIL_DIR "probability"))
		err = -EPERM;
	if (err)
		lack(HZ_NEED_FAIL_PAGE_ALLOC,
		     HZ_FAIL_DIR ": %s (CONFIG_FAULT_INJECTION_DEBUG_FS)",
		     strerror(-err));
	else if (access("/proc/thread-self/make-it-fail", W_OK))
		lack(HZ_NEED_FAIL_PAGE_ALLOC,
		     "/proc/thread-self/make-it-fail: %s (CONFIG_FAULT_INJECTION)",
		     strerror(errno));
}

/* Who holds a page for a moment keeps it where it is. */
static int move_to(char *page, int node)
{
	int err, tries = 10;

	do
		err = hz_move_page(page, node);
	while (err && --tries);
	return err;
}

/* Of two nodes without memory, or that this process may not use, one is one. */
static void probe_nodes(void)
{
	struct hz_region r;
	int err;

	if (access("/sys/devices/system/node/node1", F_OK)) {
		lack(HZ_NEED_TWO_NODES,
		     "two NUMA nodes: no /sys/devices/system/node/node1");
		return;
	}
	if (hz_region_map(&r, 1, HZ_ADVISE_BASE))
		return;
	hz_store(r.addr, 1);
	err = move_to(r.addr, 1);
	if (!err)
		err = move_to(r.addr, 0);
	if (err)
		lack(HZ_NEED_TWO_NODES, "to move a page from node to node: %s",
		     strerror(-err));
	hz_region_unmap(&r);
}

/* A memory cgroup may allow none of the swap that there is. */
static void probe_swap(void)
{
	size_t n = 16, len = n * hz_page_size();
	struct sysinfo info;
	char *p;

	if (sysinfo(&info) || !info.totalswap) {
		lack(HZ_NEED_SWAP, "swap: /proc/swaps is empty");
		return;
	}
	if ((uint64_t)info.freeswap * info.mem_unit < 2 * hz_pmd_size()) {
		lack(HZ_NEED_SWAP, "free swap for two huge pages");
		return;
	}
	p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		 -1, 0);
	if (p == MAP_FAILED)
		return;
	madvise(p, len, MADV_NOHUGEPAGE);
	memset(p, 1, len);
	hz_page_out_pages(p, n);
	if (hz_smaps(p, "Swap") != (long)len)
		lack(HZ_NEED_SWAP, "swap that base pages can be paged out to");
	munmap(p, len);
}

/* Nothing is brought in: if it fails, it is for the limit. */
static void probe_lock(void)
{
	size_t len = 2 * hz_pmd_size();
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return;
	if (syscall(SYS_mlock2, p, len, MLOCK_ONFAULT))
		lack(HZ_NEED_LOCK,
		     "to lock as much as two huge pages (ulimit -l): %s",
		     strerror(errno));
	munmap(p, len);
}

static void probe_system(void)
{
	if (!can_rewrite("khugepaged/scan_sleep_millisecs") ||
	    !can_rewrite("khugepaged/pages_to_scan"))
		lack(HZ_NEED_KHUGEPAGED,
		     HZ_THP_DIR "khugepaged/* cannot be written");
	hz_khugepaged_rest();
	probe_nodes();
	probe_swap();
	probe_lock();
}

static void probe_shrinkers(void)
{
	char value[64];
	int err = hz_knob_get("shrink_underused", value, sizeof(value));

	if (older_than(6, 1))
		lack(HZ_NEED_ZERO_COUNT,
		     "a thp_zero_page_alloc without those that lost a race (6.1)");
	if (access("/proc/sys/vm/drop_caches", W_OK))
		lack(HZ_NEED_DROP_SLAB, "/proc/sys/vm/drop_caches: %s",
		     strerror(errno));
	if (!err)
		err = hz_knob_set("shrink_underused", value);
	if (err)
		lack(HZ_NEED_UNDERUSED, HZ_THP_DIR "shrink_underused (6.12): %s",
		     strerror(-err));
}

void hz_needs_probe(void)
{
	memset(needs, 0, sizeof(needs));
	probe_observation();
	probe_memcg();
	probe_split();
	probe_system();
	probe_shrinkers();
	probe_uffd();
	probe_pin();
	probe_failures();
	probe_wp_thp();
}
