// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "hugezero_counters.h"
#include "hugezero_faults.h"
#include "hugezero_region.h"

long hz_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000l + t.tv_nsec / 1000;
}

int hz_smaps_all(const void *addr, struct hz_smaps_field *f, int max)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	unsigned long from, to, at = (unsigned long)addr;
	bool inside = false;
	char line[512];
	long kb;
	int n = 0;

	while (file && n < max && fgets(line, sizeof(line), file)) {
		/* Field names begin in upper case, ranges in lower-case hex. */
		if (line[0] < 'A' || line[0] > 'Z') {
			if (inside)
				break;
			if (sscanf(line, "%lx-%lx", &from, &to) == 2)
				inside = from <= at && at < to;
		} else if (inside &&
			   sscanf(line, "%31[^:]: %ld kB", f[n].name, &kb) == 2) {
			f[n++].bytes = kb * 1024;
		}
	}
	if (file)
		fclose(file);
	return n;
}

long hz_smaps_value(const struct hz_smaps_field *f, int n, const char *name)
{
	while (n--)
		if (!strcmp(f[n].name, name))
			return f[n].bytes;
	return -1;
}

long hz_smaps(const void *addr, const char *field)
{
	struct hz_smaps_field f[64];
	int n = hz_smaps_all(addr, f, 64);

	return hz_smaps_value(f, n, field);
}

/* Text of a /proc file, as much of it as fits; until the next call. */
static const char *slurp(const char *path)
{
	static char text[32768];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t at = 0;
	ssize_t n = 1;

	while (fd >= 0 && n > 0 && at < sizeof(text) - 1) {
		n = read(fd, text + at, sizeof(text) - 1 - at);
		at += n > 0 ? n : 0;
	}
	if (fd >= 0)
		close(fd);
	text[at] = 0;
	return text;
}

/* The number behind @name at the start of a line of @text, or -1. */
static long number_in(const char *text, const char *name)
{
	size_t len = strlen(name);
	const char *line = text;

	while (*line) {
		if (!strncmp(line, name, len) && strchr(" :\t", line[len]))
			return atol(line + len + strspn(line + len, " :\t"));
		line = strchr(line, '\n');
		if (!line)
			break;
		line++;
	}
	return -1;
}

static long kb_to_bytes(long kb)
{
	return kb < 0 ? -1 : kb * 1024;
}

long hz_status(const char *field)
{
	return kb_to_bytes(number_in(slurp("/proc/self/status"), field));
}

/* A counter that is not summed up does not move with each of a few pages. */
static bool moves_with_each_page(void)
{
	size_t page = hz_page_size(), len = 8 * page, i;
	long before, after;
	char *p;

	p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		 -1, 0);
	if (p == MAP_FAILED)
		return false;
	madvise(p, len, MADV_NOHUGEPAGE);
	before = hz_status("RssAnon");
	for (i = 0; i < len; i += page) {
		hz_store(p + i, 1);
		after = hz_status("RssAnon");
		if (after - before != (long)page)
			break;
		before = after;
	}
	munmap(p, len);
	return i == len;
}

bool hz_rss_is_exact(void)
{
	static bool known, exact;

	if (!known)
		exact = moves_with_each_page();
	known = true;
	return exact;
}

long hz_rss_slack(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN), page = hz_page_size();
	long batch = 2 * cpus > 32 ? 2 * cpus : 32;
	long few = hz_pmd_size() / 4;

	/*
	 * What is exact still counts pages of the process itself.
	 * percpu_counter_batch, in pages. Before 6.2 a task keeps pages to
	 * itself until the fault after the 65th since it gave them away, and
	 * that one's (check_sync_rss_stat()).
	 */
	if (hz_rss_is_exact())
		return few < 66 * page ? few : 66 * page;
	return (batch > 66 ? batch : 66) * page;
}

long hz_vmstat(const char *name)
{
	return number_in(slurp("/proc/vmstat"), name);
}

long hz_mem_available(void)
{
	return kb_to_bytes(number_in(slurp("/proc/meminfo"), "MemAvailable"));
}

long hz_mem_free(void)
{
	return kb_to_bytes(number_in(slurp("/proc/meminfo"), "MemFree"));
}

long hz_number_of(const char *path)
{
	FILE *f = fopen(path, "re");
	long value = -1;

	if (!f)
		return -1;
	if (fscanf(f, "%ld", &value) != 1)
		value = -1;
	fclose(f);
	return value;
}

long hz_mthp_stat(const char *name)
{
	char path[160];

	snprintf(path, sizeof(path),
		 "/sys/kernel/mm/transparent_hugepage/hugepages-%zukB/stats/%s",
		 hz_pmd_size() / 1024, name);
	return hz_number_of(path);
}

long hz_free_huge_blocks(void)
{
	size_t pages = hz_pmd_pages(), order;
	FILE *f = fopen("/proc/buddyinfo", "re");
	char line[512], *at, *word, *save;
	long blocks = 0;

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		at = strstr(line, "zone");
		word = at ? strtok_r(at, "\n ", &save) : NULL;
		/* "zone", its name, then free blocks of order 0, 1, ... */
		if (word)
			word = strtok_r(NULL, "\n ", &save);
		for (order = 0; word; order++) {
			word = strtok_r(NULL, "\n ", &save);
			if (word && (1ul << order) >= pages)
				blocks += atol(word) * ((1ul << order) / pages);
		}
	}
	fclose(f);
	return blocks;
}

void hz_count(struct hz_counters *c, bool end)
{
	const char *text;

	/* Its first time maps memory, and may take a page table for that. */
	c->faults = hz_faults_of_test();
	text = slurp("/proc/self/status");
	c->rss_anon = kb_to_bytes(number_in(text, "RssAnon"));
	c->page_tables = kb_to_bytes(number_in(text, "VmPTE"));
	text = slurp("/proc/vmstat");
	c->thp_fault_alloc = number_in(text, "thp_fault_alloc");
	c->thp_fault_fallback = number_in(text, "thp_fault_fallback");
	c->thp_split_pmd = number_in(text, "thp_split_pmd");
	if (!end)
		c->faults = hz_faults_of_test();
}
