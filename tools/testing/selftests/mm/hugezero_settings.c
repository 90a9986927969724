// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hugezero_region.h"
#include "hugezero_settings.h"

#define DROP_CACHES	"/proc/sys/vm/drop_caches"
#define LOCK_SECONDS	120
#define ORPHAN_MS	5000
#define MAX_KNOBS	64
#define MAX_PATH	400

/* What a knob has to say for the claims to be testable at all. */
enum knob_rule {
	MUST,		/* @want, or else no test can run */
	WISH,		/* @want where it can be written */
	KEEP,		/* not touched by set-up; a test may set it */
};

struct knob {
	char path[MAX_PATH];
	char saved[HZ_KNOB_SIZE];
	const char *want;
	const char *also;	/* other values that suit as well: " a b " */
	enum knob_rule rule;
};

/*
 * Order matters twice: the top switch comes last when set up, so that nothing
 * is on before everything is as wanted, and first when put back.
 */
static struct {
	struct knob knob[MAX_KNOBS];
	int nr;
	int lock[2];
	int alive;		/* write end: closed when the run ends */
	pid_t guardian, owner, test;
	char sweep[MAX_PATH];
	char litter[MAX_PATH];
	char control[MAX_PATH];	/* cgroup.subtree_control that we changed */
	char name[32];
} *run;

static void knob_path(const char *knob, char *path)
{
	snprintf(path, MAX_PATH, "%s%s", knob[0] == '/' ? "" : HZ_THP_DIR,
		 knob);
}

static int read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	err = n < 0 ? -errno : 0;
	close(fd);
	buf[n < 0 ? 0 : n] = 0;
	buf[strcspn(buf, "\n")] = 0;
	return err;
}

static int write_file(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (!value[0])
		value = "\n";	/* to write nothing would change nothing */
	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* "always [madvise] never" is "madvise"; what no choice is, is itself. */
static int read_knob(const char *path, char *value, size_t size)
{
	char buf[256], *from, *to;
	int err = read_file(path, buf, sizeof(buf));

	if (err)
		return err;
	from = strncmp(path, "/sys/", 5) ? NULL : strchr(buf, '[');
	to = from ? strchr(from, ']') : NULL;
	if (to) {
		*to = 0;
		from++;
	} else {
		from = buf;
	}
	snprintf(value, size, "%s", from);
	return 0;
}

int hz_knob_get(const char *knob, char *value, size_t size)
{
	char path[MAX_PATH];

	knob_path(knob, path);
	return read_knob(path, value, size);
}

int hz_knob_set(const char *knob, const char *value)
{
	char path[MAX_PATH];
	int i;

	knob_path(knob, path);
	for (i = 0; run && i < run->nr; i++)
		if (!strcmp(run->knob[i].path, path))
			return write_file(path, value);
	return -EINVAL;
}

int hz_knob_saved(const char *knob, char *value, size_t size)
{
	char path[MAX_PATH];
	int i;

	knob_path(knob, path);
	for (i = 0; run && i < run->nr; i++) {
		if (strcmp(run->knob[i].path, path))
			continue;
		snprintf(value, size, "%s", run->knob[i].saved);
		return 0;
	}
	return -EINVAL;
}

int hz_drop_slab(void)
{
	return write_file(DROP_CACHES, "2");
}

static void add_knob(const char *knob, enum knob_rule rule, const char *want,
		     const char *also)
{
	struct knob *k = &run->knob[run->nr];

	if (run->nr == MAX_KNOBS)
		return;
	knob_path(knob, k->path);
	if (read_knob(k->path, k->saved, sizeof(k->saved)))
		return;
	k->rule = rule;
	k->want = want;
	k->also = also;
	run->nr++;
}

/* Folio sizes other than the PMD's would serve the base pages of a range. */
static void add_sizes(void)
{
	DIR *dir = opendir(HZ_THP_DIR);
	struct dirent *entry;
	size_t kb;
	char knob[300];

	while (dir && (entry = readdir(dir))) {
		if (sscanf(entry->d_name, "hugepages-%zukB", &kb) != 1)
			continue;
		snprintf(knob, sizeof(knob), "%s/enabled", entry->d_name);
		if (kb == hz_pmd_size() / 1024)
			add_knob(knob, MUST, "inherit", " madvise always ");
		else
			add_knob(knob, WISH, "never", NULL);
	}
	if (dir)
		closedir(dir);
}

/* What makes allocations fail; the switch comes last and goes back first. */
static void add_failures(void)
{
	static const char * const names[] = {
		"interval", "times", "space", "verbose", "task-filter",
		"ignore-gfp-wait", "ignore-gfp-highmem", "min-order",
		"probability",
	};
	char knob[MAX_PATH];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(knob, sizeof(knob), HZ_FAIL_DIR "%s", names[i]);
		add_knob(knob, KEEP, NULL, NULL);
	}
	add_knob(HZ_FAIL_SLAB_DIR "verbose", KEEP, NULL, NULL);
	add_knob(HZ_FAIL_SLAB_DIR "ignore-gfp-wait", KEEP, NULL, NULL);
}

/*
 * DAMON makes mappings old, and a processor that does not make them young by
 * itself (arm64 before FEAT_HAFDBS) faults on the next access. damon_stat is on
 * by default in distributions' kernels (6.17).
 */
static void add_damon(void)
{
	static const char * const names[] = { "stat", "reclaim", "lru_sort" };
	char knob[MAX_PATH];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(knob, sizeof(knob),
			 "/sys/module/damon_%s/parameters/enabled", names[i]);
		add_knob(knob, WISH, "N", NULL);
	}
}

static void save_knobs(void)
{
	/*
	 * khugepaged sleeps for ten minutes; 511 and more empty pages are no
	 * reason for it to leave a range alone, and less than that would let
	 * the shrinker split what it holds for underused (6.12).
	 */
	add_knob("khugepaged/scan_sleep_millisecs", WISH, "600000", NULL);
	add_knob("khugepaged/alloc_sleep_millisecs", KEEP, NULL, NULL);
	add_knob("khugepaged/pages_to_scan", KEEP, NULL, NULL);
	add_knob("khugepaged/max_ptes_none", KEEP, NULL, NULL);
	add_knob("khugepaged/defrag", KEEP, NULL, NULL);
	add_knob("shrink_underused", WISH, "0", NULL);
	add_knob("/sys/kernel/mm/ksm/run", WISH, "0", NULL);
	add_knob("/proc/sys/kernel/numa_balancing", WISH, "0", NULL);
	add_knob("/proc/sys/kernel/core_pattern", KEEP, NULL, NULL);
	add_damon();
	add_knob("defrag", WISH, "madvise", " always ");
	add_failures();
	add_sizes();
	add_knob("use_zero_page", MUST, "1", NULL);
	add_knob("enabled", MUST, "madvise", " always ");
}

static bool suits(const struct knob *k)
{
	char now[HZ_KNOB_SIZE], word[HZ_KNOB_SIZE + 2];

	if (read_knob(k->path, now, sizeof(now)))
		return false;
	snprintf(word, sizeof(word), " %s ", now);
	return !strcmp(now, k->want) || (k->also && strstr(k->also, word));
}

static bool set_up(char *why, size_t size)
{
	char now[HZ_KNOB_SIZE] = "";
	int i, err;

	for (i = 0; i < run->nr; i++) {
		struct knob *k = &run->knob[i];

		if (k->rule == KEEP || suits(k))
			continue;
		err = write_file(k->path, k->want);
		if (k->rule == WISH || (!err && suits(k)))
			continue;
		read_knob(k->path, now, sizeof(now));
		snprintf(why, size, "%s says %s, needs %s: %s", k->path, now,
			 k->want, err ? strerror(-err) : "write had no effect");
		return false;
	}
	return true;
}

static void put_back(bool all)
{
	char now[HZ_KNOB_SIZE];
	int i;

	for (i = run->nr - 1; i >= 0; i--) {
		struct knob *k = &run->knob[i];

		if ((all || k->rule == KEEP) &&
		    !read_knob(k->path, now, sizeof(now)) &&
		    strcmp(now, k->saved))
			write_file(k->path, k->saved);
	}
}

void hz_settings_mend(void)
{
	char why[MAX_PATH + 2 * HZ_KNOB_SIZE];

	put_back(false);
	if (!set_up(why, sizeof(why)))
		printf("# hugezero: %s\n", why);
}

/* A killed test's cgroup is busy until its last page is gone. */
static void sweep(void)
{
	int tries, left = 1;
	struct dirent *entry;
	char path[800];
	DIR *dir;

	for (tries = 0; run->sweep[0] && left && tries < 100; tries++) {
		left = 0;
		dir = opendir(run->sweep);
		while (dir && (entry = readdir(dir))) {
			if (strncmp(entry->d_name, run->name,
				    strlen(run->name)))
				continue;
			snprintf(path, sizeof(path), "%s/%s", run->sweep,
				 entry->d_name);
			left |= !!rmdir(path);
		}
		if (dir)
			closedir(dir);
		if (left)
			usleep(20000);
	}
	if (run->control[0])
		write_file(run->control, "-memory");
}

static void clear_litter(void)
{
	char dir[MAX_PATH], path[800];
	struct dirent *entry;
	DIR *files;

	snprintf(dir, sizeof(dir), "%s", run->litter);
	files = dir[0] ? opendir(dir) : NULL;
	while (files && (entry = readdir(files))) {
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		unlink(path);
	}
	if (files)
		closedir(files);
	rmdir(dir);
}

/* A test that outlives its run could set again what is put back. */
static void kill_test(pid_t pid)
{
	char path[64], name[32];

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	/* The number may be another's by now. */
	if (pid && !read_file(path, name, sizeof(name)) &&
	    !strncmp(name, "hugezero", 8))
		kill(pid, SIGKILL);
}

/*
 * Waits for the end of the run in a session of its own, where no signal meant
 * for the run can reach it. Two signs of the end: the pipe closes, or, should
 * a child that inherited it live on, the owner dies.
 */
static void guard(int gone, pid_t owner)
{
	struct pollfd end = { .fd = gone, .events = POLLIN };
	sigset_t all;

	setsid();
	prctl(PR_SET_NAME, "hz_guardian");
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	if (chdir("/"))
		_exit(1);
	/* Whoever reads the run's output must not wait for the guardian. */
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	while (getppid() == owner && !poll(&end, 1, 50))
		;
	kill_test(run->test);
	poll(&end, 1, ORPHAN_MS);
	put_back(true);
	clear_litter();
	sweep();
	_exit(0);
}

static int start_guardian(void)
{
	int alive[2];
	pid_t pid;

	if (pipe2(alive, O_CLOEXEC))
		return -errno;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		close(alive[1]);
		guard(alive[0], run->owner);
	}
	close(alive[0]);
	if (pid < 0) {
		close(alive[1]);
		return -EAGAIN;
	}
	/* Written by the parent alone: the guardian shares these. */
	run->guardian = pid;
	run->alive = alive[1];
	return 0;
}

static int lock_file(const char *path)
{
	int i, fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	for (i = 0; i < LOCK_SECONDS * 20; i++) {
		if (!flock(fd, LOCK_EX | LOCK_NB))
			return fd;
		if (i == 20) {
			printf("# another run holds the lock, waiting for it\n");
			fflush(stdout);
		}
		usleep(50000);
	}
	close(fd);
	return -EBUSY;
}

/*
 * The lock is on files that every run opens and none creates. sysfs is another
 * file system in another network namespace, hence the second one, which not
 * everybody may open.
 */
static int take_lock(void)
{
	run->lock[0] = lock_file(HZ_THP_DIR "enabled");
	if (run->lock[0] < 0)
		return run->lock[0];
	run->lock[1] = lock_file("/dev/kmsg");
	return run->lock[1] == -EBUSY ? -EBUSY : 0;
}

void hz_settings_guard_test(pid_t pid)
{
	run->test = pid;
}

const char *hz_run_name(void)
{
	return run ? run->name : "hugezero";
}

void hz_settings_sweep(const char *dir)
{
	snprintf(run->sweep, sizeof(run->sweep), "%s", dir);
}

void hz_settings_litter(const char *dir)
{
	snprintf(run->litter, sizeof(run->litter), "%s", dir);
}

int hz_settings_cgroup(const char *control)
{
	int err;

	/* Known to the guardian before it is done. */
	snprintf(run->control, sizeof(run->control), "%s", control);
	err = write_file(control, "+memory");
	if (err)
		run->control[0] = 0;
	return err;
}

/* Shared: the guardian has to see a directory that is named later. */
static bool new_run(char *why, size_t size)
{
	run = mmap(NULL, sizeof(*run), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (run == MAP_FAILED) {
		run = NULL;
		snprintf(why, size, "no memory: %s", strerror(errno));
		return false;
	}
	run->owner = getpid();
	run->alive = -1;
	run->lock[0] = -1;
	run->lock[1] = -1;
	/* No name of a run is the beginning of another's. */
	snprintf(run->name, sizeof(run->name), "hugezero-%d-", run->owner);
	return true;
}

static bool save_and_set_up(char *why, size_t size)
{
	int err;

	save_knobs();
	err = start_guardian();
	if (err) {
		snprintf(why, size, "no guardian: %s", strerror(-err));
		return false;
	}
	return set_up(why, size);
}

bool hz_settings_begin(char *why, size_t size)
{
	int err;

	if (!new_run(why, size))
		return false;
	err = take_lock();
	if (err) {
		snprintf(why, size, "%senabled: %s", HZ_THP_DIR,
			 err == -EBUSY ? "another run holds the lock" :
			 strerror(-err));
		return false;
	}
	return save_and_set_up(why, size);
}

bool hz_settings_begin_nested(char *why, size_t size)
{
	return new_run(why, size) && save_and_set_up(why, size);
}

pid_t hz_settings_guardian(void)
{
	return run->guardian;
}

void hz_settings_end(void)
{
	int i;

	if (!run || run->owner != getpid())
		return;
	run->test = 0;
	if (run->alive >= 0) {
		close(run->alive);
		run->alive = -1;
		waitpid(run->guardian, NULL, 0);
		/* It has put everything back, unless it was killed. */
		put_back(true);
		clear_litter();
		sweep();
	}
	for (i = 0; i < 2; i++)
		if (run->lock[i] >= 0)
			close(run->lock[i]);
	run->owner = 0;
}
