// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hugezero_counters.h"
#include "hugezero_faults.h"
#include "hugezero_memcg.h"
#include "hugezero_region.h"
#include "hugezero_settings.h"

static int version;
static char parent[300];	/* new cgroups are made here */

static const char * const stat_names[][2] = {
	[HZ_MEMCG_ANON] = { "rss", "anon" },
	[HZ_MEMCG_ANON_THP] = { "rss_huge", "anon_thp" },
	[HZ_MEMCG_FAULTS] = { "pgfault", "pgfault" },
	[HZ_MEMCG_THP_FAULT_ALLOC] = { NULL, "thp_fault_alloc" },
	[HZ_MEMCG_PAGE_TABLES] = { NULL, "pagetables" },
};

int hz_memcg_version(void)
{
	return version;
}

static bool has_word(const char *path, const char *word)
{
	FILE *f = fopen(path, "re");
	bool found = false;
	char have[64];

	while (f && !found && fscanf(f, "%63s", have) == 1)
		found = !strcmp(have, word);
	if (f)
		fclose(f);
	return found;
}

static bool word_in_list(const char *list, const char *word)
{
	size_t len = strlen(word);
	const char *at = list;

	while ((at = strstr(at, word))) {
		if ((at == list || at[-1] == ',') &&
		    (!at[len] || at[len] == ','))
			return true;
		at += len;
	}
	return false;
}

/* Mount point of the v1 memory hierarchy or of v2, from /proc/self/mounts. */
static bool find_mount(int v, char *mnt, size_t size)
{
	char dir[128], type[32], opts[512], controllers[300];
	FILE *f = fopen("/proc/self/mounts", "re");
	bool found = false;

	while (f && !found &&
	       fscanf(f, "%*s %127s %31s %511s %*d %*d", dir, type, opts) == 3) {
		if (v == 1)
			found = !strcmp(type, "cgroup") &&
				word_in_list(opts, "memory");
		else if (!strcmp(type, "cgroup2")) {
			snprintf(controllers, sizeof(controllers),
				 "%s/cgroup.controllers", dir);
			found = has_word(controllers, "memory");
		}
	}
	if (f)
		fclose(f);
	if (found)
		snprintf(mnt, size, "%s", dir);
	return found;
}

/* This process's cgroup in the hierarchy, from /proc/self/cgroup. */
static void find_own(int v, char *own, size_t size)
{
	FILE *f = fopen("/proc/self/cgroup", "re");
	char line[400], *list, *path;

	own[0] = 0;
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		list = strchr(line, ':');
		path = list ? strchr(list + 1, ':') : NULL;
		if (!path)
			continue;
		*path++ = 0;
		if (v == 1 ? word_in_list(list + 1, "memory") : !list[1])
			snprintf(own, size, "%s", path);
	}
	if (f)
		fclose(f);
	if (!strcmp(own, "/"))
		own[0] = 0;
}

/*
 * v1: below the own cgroup, so that its limits hold on. v2: below the nearest
 * ancestor that hands the controller to its children; a cgroup with processes
 * may not, but the root.
 */
static void find_parent(const char *mnt)
{
	char own[160], control[400];
	char *slash;

	find_own(version, own, sizeof(own));
	snprintf(parent, sizeof(parent), "%s%s", mnt, own);
	if (access(parent, F_OK))
		snprintf(parent, sizeof(parent), "%s", mnt);
	while (version == 2 && strlen(parent) > strlen(mnt)) {
		snprintf(control, sizeof(control), "%s/cgroup.subtree_control",
			 parent);
		if (has_word(control, "memory"))
			break;
		slash = strrchr(parent, '/');
		*slash = 0;
	}
}

static int write_string(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

bool hz_memcg_init(char *why, size_t size)
{
	char mnt[128], control[400];
	struct hz_memcg trial;
	int err;

	version = find_mount(2, mnt, sizeof(mnt)) ? 2 :
		  find_mount(1, mnt, sizeof(mnt)) ? 1 : 0;
	if (!version) {
		snprintf(why, size,
			 "no memory controller is mounted (CONFIG_MEMCG)");
		return false;
	}
	find_parent(mnt);
	snprintf(control, sizeof(control), "%s/cgroup.subtree_control", parent);
	if (version == 2 && !has_word(control, "memory")) {
		err = hz_settings_cgroup(control);
		if (err) {
			snprintf(why, size, "%s: +memory: %s", control,
				 strerror(-err));
			version = 0;
			return false;
		}
	}
	hz_settings_sweep(parent);
	err = hz_memcg_create(&trial, "trial");
	if (err) {
		snprintf(why, size, "%s: mkdir: %s", parent, strerror(-err));
		version = 0;
		return false;
	}
	hz_memcg_destroy(&trial);
	return true;
}

int hz_memcg_create(struct hz_memcg *cg, const char *name)
{
	char own[160], mnt[128];

	if (!version || !find_mount(version, mnt, sizeof(mnt)))
		return -ENODEV;
	find_own(version, own, sizeof(own));
	snprintf(cg->home, sizeof(cg->home), "%s%s/cgroup.procs", mnt, own);
	snprintf(cg->dir, sizeof(cg->dir), "%s/%s%s-%d", parent, hz_run_name(),
		 name, getpid());
	return mkdir(cg->dir, 0755) ? -errno : 0;
}

int hz_memcg_enter(struct hz_memcg *cg)
{
	char path[500];

	snprintf(path, sizeof(path), "%s/cgroup.procs", cg->dir);
	return write_string(path, "0");
}

int hz_memcg_leave(struct hz_memcg *cg)
{
	return write_string(cg->home, "0");
}

int hz_memcg_destroy(struct hz_memcg *cg)
{
	int i;

	if (!cg->dir[0])
		return 0;
	hz_memcg_leave(cg);
	/* Busy for a moment while the last task is still exiting. */
	for (i = 0; i < 100 && rmdir(cg->dir); i++) {
		if (errno != EBUSY)
			return -errno;
		usleep(10000);
	}
	cg->dir[0] = 0;
	return i < 100 ? 0 : -EBUSY;
}

/* One number of a cgroup's file, or -1: "max" is no number. */
static long read_number(const char *dir, const char *file)
{
	char path[500];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	return hz_number_of(path);
}

/* The number behind @name in a cgroup's file, or -1. */
static long read_named(const char *dir, const char *file, const char *name)
{
	char path[500], have[64];
	long value, found = -1;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	f = fopen(path, "re");
	while (f && found < 0 && fscanf(f, "%63s %ld", have, &value) == 2)
		if (!strcmp(have, name))
			found = value;
	if (f)
		fclose(f);
	return found;
}

static long read_usage(const char *dir, int v)
{
	return read_number(dir, v == 2 ? "memory.current" :
					 "memory.usage_in_bytes");
}

long hz_memcg_usage(const struct hz_memcg *cg)
{
	return read_usage(cg->dir, version);
}

long hz_memcg_peak(const struct hz_memcg *cg)
{
	return read_number(cg->dir, version == 2 ? "memory.peak" :
						   "memory.max_usage_in_bytes");
}

static int set_file(const struct hz_memcg *cg, const char *file, long value)
{
	char path[500], text[32] = "max";

	/* v1 takes -1 for "no limit". */
	if (value >= 0 || version == 1)
		snprintf(text, sizeof(text), "%ld", value);
	snprintf(path, sizeof(path), "%s/%s", cg->dir, file);
	return write_string(path, text);
}

int hz_memcg_limit(const struct hz_memcg *cg, long bytes)
{
	return set_file(cg, version == 2 ? "memory.max" :
					   "memory.limit_in_bytes", bytes);
}

int hz_memcg_forbid_swap(const struct hz_memcg *cg)
{
	int err = set_file(cg, version == 2 ? "memory.swap.max" :
					      "memory.swappiness", 0);

	/* Nothing is to be forbidden without CONFIG_SWAP. */
	return err == -ENOENT ? 0 : err;
}

void hz_memcg_reclaim(const struct hz_memcg *cg, long bytes)
{
	if (version == 2)
		set_file(cg, "memory.reclaim", bytes);
	else
		set_file(cg, "memory.force_empty", 0);
}

long hz_memcg_oom_kills(const struct hz_memcg *cg)
{
	return read_named(cg->dir, version == 2 ? "memory.events" :
						  "memory.oom_control",
			  "oom_kill");
}

/* Microseconds that what a cgroup counts may lag behind, at most. */
static long lag(void)
{
	return (getenv("KSFT_MACHINE_SLOW") ? 12 : 5) * 1000000l;
}

/* Both give the per-CPU stocks back, and then reclaim what they can. */
static void drain(const struct hz_memcg *cg)
{
	set_file(cg, version == 2 ? "memory.high" : "memory.force_empty", 0);
}

/* Of what is charged when it should not be, for whoever looks for its owner. */
static void tell_usage(const struct hz_memcg *cg)
{
	char path[500], name[64];
	long value;
	FILE *f;

	snprintf(path, sizeof(path), "%s/memory.stat", cg->dir);
	f = fopen(path, "re");
	printf("# hugezero: still charged:");
	/* Bytes come first; what follows counts events. */
	while (f && fscanf(f, "%63s %ld", name, &value) == 2 &&
	       strncmp(name, "pg", 2) && strncmp(name, "workingset", 10))
		if (value)
			printf(" %s %ld", name, value);
	printf("\n");
	if (f)
		fclose(f);
}

static long usage_once(const struct hz_memcg *cg, long most,
		       void (*help)(const struct hz_memcg *cg))
{
	long until = hz_now() + lag();
	long usage;

	for (;;) {
		if (help)
			help(cg);
		usage = hz_memcg_usage(cg);
		if (usage <= most)
			return usage;
		if (hz_now() >= until)
			break;
		usleep(1000);
	}
	tell_usage(cg);
	return usage;
}

long hz_memcg_usage_settled(const struct hz_memcg *cg, long most)
{
	return usage_once(cg, most, NULL);
}

long hz_memcg_usage_drained(const struct hz_memcg *cg, long most)
{
	return usage_once(cg, most, drain);
}

long hz_memcg_room(void)
{
	char mnt[128], own[160], dir[400];
	long least = -1, limit, room;
	char *slash;
	int v;

	/* Needs no cgroup of our own, so it does not rest on the set-up. */
	v = find_mount(2, mnt, sizeof(mnt)) ? 2 :
	    find_mount(1, mnt, sizeof(mnt)) ? 1 : 0;
	if (!v)
		return -1;
	find_own(v, own, sizeof(own));
	snprintf(dir, sizeof(dir), "%s%s", mnt, own);
	while (strlen(dir) >= strlen(mnt)) {
		limit = read_number(dir, v == 2 ? "memory.max" :
						  "memory.limit_in_bytes");
		room = limit - read_usage(dir, v);
		/* v1 says "no limit" by one that no machine can reach. */
		if (limit >= 0 && limit < (1l << 60) &&
		    (least < 0 || room < least))
			least = room < 0 ? 0 : room;
		slash = strrchr(dir, '/');
		if (!slash)
			break;
		*slash = 0;
	}
	return least;
}

long hz_memcg_slack(void)
{
	/* MEMCG_CHARGE_BATCH, for the stock before and after. */
	return 2 * 64 * hz_page_size();
}

void hz_memcg_one_stock(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
}

long hz_memcg_stat(const struct hz_memcg *cg, enum hz_memcg_stat what)
{
	const char *name = stat_names[what][version - 1];

	return name ? read_named(cg->dir, "memory.stat", name) : -1;
}

/*
 * A reader sums the per-CPU parts up at once when there were more than 64
 * updates for each CPU; page faults are updates.
 */
static void make_updates(void)
{
	size_t pages = 64 * sysconf(_SC_NPROCESSORS_ONLN);
	size_t len = pages * hz_page_size();
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t i;

	if (p == MAP_FAILED)
		return;
	madvise(p, len, MADV_NOHUGEPAGE);
	for (i = 0; i < len; i += hz_page_size())
		hz_store(p + i, 1);
	munmap(p, len);
}

long hz_memcg_stat_settled(const struct hz_memcg *cg, enum hz_memcg_stat what,
			   long want)
{
	/* RCU frees a table, those of our own updates included. */
	const long rcu = what == HZ_MEMCG_PAGE_TABLES ? HZ_RCU_US : 0;
	long until = hz_now() + lag();
	long value;

	/* Once in any case: what is read may have been summed up long ago. */
	do {
		make_updates();
		usleep(rcu);
		value = hz_memcg_stat(cg, what);
		if (value < 0 || value == want)
			break;
		usleep(1000);
	} while (hz_now() < until);
	return value;
}

long hz_memcg_faults_above(const struct hz_memcg *cg, long since)
{
	long until = hz_now() + lag();
	long above;

	do {
		make_updates();
		above = hz_memcg_stat(cg, HZ_MEMCG_FAULTS);
		above -= hz_faults() - since;
		if (above >= 0)
			break;
		usleep(1000);
	} while (hz_now() < until);
	return above;
}
