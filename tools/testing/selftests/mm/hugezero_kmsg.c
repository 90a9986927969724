// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hugezero_kmsg.h"
#include "hugezero_region.h"

/* Documentation/admin-guide/tainted-kernels.rst */
#define TAINT_BAD_PAGE	(1ul << 5)
#define TAINT_DIE	(1ul << 7)
#define TAINT_WARN	(1ul << 9)

static int kmsg = -1;
static unsigned long taint;
static const char *known;
static int forgiven;

/* Memory management says these of itself, whoever ran. */
static const char * const ours[] = {
	"Bad rss-counter state",
	"non-zero pgtables_bytes",
	"Bad page map",
	"Bad page state",
	"page_table_check: ",	/* not its functions in a stack */
	"WARNING: mm/",
	" at mm/",
	" at ./include/linux/mm",
	" at include/linux/mm",
	" at fs/proc/task_mmu.c",
	"kernel BUG at mm/",
};

/* These may be anybody's; the lines that follow name the process. */
static const char * const anybodys[] = {
	"WARNING:", "BUG:", "kernel BUG at", "Oops", "general protection fault",
	"INFO: task ", "Internal error:", "Unable to handle kernel", "UBSAN:",
};

/*
 * Who handles a test's pages: our programs, of whose names the kernel keeps 15
 * characters, and the threads of memory management.
 */
static const char * const handlers[] = {
	"hugezero", "hz_", "khugepaged", "oom_reaper", "kswapd", "kcompactd",
	"ksmd",
};

static bool handles_pages(const char *comm)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(handlers); i++)
		if (!strncmp(comm, handlers[i], strlen(handlers[i])))
			return true;
	return false;
}

static bool contains(const char *text, const char * const *words, size_t n)
{
	while (n--)
		if (strstr(text, words[n]))
			return true;
	return false;
}

bool hz_kmsg_is_complaint(const char *text)
{
	static bool open_block;
	const char *comm = strstr(text, "Comm: ");

	if (contains(text, ours, ARRAY_SIZE(ours)))
		return true;
	if (comm && open_block) {
		open_block = false;
		return handles_pages(comm + strlen("Comm: "));
	}
	if (contains(text, anybodys, ARRAY_SIZE(anybodys))) {
		open_block = true;
		return strstr(text, "hugezero");
	}
	return false;
}

static unsigned long read_taint(void)
{
	FILE *f = fopen("/proc/sys/kernel/tainted", "re");
	unsigned long value = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%lu", &value) != 1)
		value = 0;
	fclose(f);
	return value;
}

void hz_kmsg_begin(void)
{
	taint = read_taint();
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kmsg < 0)
		return;
	lseek(kmsg, 0, SEEK_END);
}

void hz_kmsg_forgive(const char *words)
{
	known = words;
	forgiven = 0;
}

int hz_kmsg_forgiven(void)
{
	return forgiven;
}

bool hz_kmsg_readable(void)
{
	return kmsg >= 0;
}

/*
 * The fd and with it the place in the log are shared with forked children, so
 * each record is read once, by whoever comes first.
 */
static int read_log(void)
{
	char record[8192], *text;
	int found = 0;
	ssize_t n;

	for (;;) {
		n = read(kmsg, record, sizeof(record) - 1);
		if (n < 0 && errno == EPIPE)
			continue;	/* overwritten before it was read */
		if (n <= 0)
			break;
		record[n] = 0;
		/* Priority and facility first; facility 0 is the kernel. */
		if (atoi(record) >= 8)
			continue;
		text = strchr(record, ';');
		if (!text || !hz_kmsg_is_complaint(text + 1))
			continue;
		text[1 + strcspn(text + 1, "\n")] = 0;
		if (known && strstr(text, known)) {
			printf("# hugezero: known %s\n", text + 1);
			forgiven++;
			continue;
		}
		printf("# hugezero: kmsg %s\n", text + 1);
		found++;
	}
	return found;
}

int hz_kmsg_complaints(void)
{
	unsigned long now = read_taint(), added = now & ~taint;
	int found = kmsg >= 0 ? read_log() : 0;

	if (kmsg >= 0)
		added &= TAINT_BAD_PAGE;
	else
		added &= TAINT_BAD_PAGE | TAINT_DIE | TAINT_WARN;
	if (added && !found && !forgiven) {
		printf("# hugezero: kmsg /proc/sys/kernel/tainted rose by %lu\n",
		       added);
		found++;
	}
	taint = now;
	fflush(stdout);
	return found;
}
