// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hugezero_khugepaged.h"

#define NAME	" (khugepaged) "
#define TRIES	2500
#define TRY_US	2000

/* Of all tests of a program: its number, or -1 when it is not to be seen. */
static pid_t *known;

/* The letter that stands for what it does, or 0 for another process. */
static char state_of(pid_t pid)
{
	char path[32], stat[64], *name;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, stat, sizeof(stat) - 1);
	close(fd);
	stat[n < 0 ? 0 : n] = 0;
	name = strstr(stat, NAME);
	return name ? name[strlen(NAME)] : 0;
}

static pid_t find(void)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	pid_t pid, found = -1;

	while (dir && found < 0 && (entry = readdir(dir))) {
		pid = atoi(entry->d_name);
		if (pid > 0 && state_of(pid))
			found = pid;
	}
	if (dir)
		closedir(dir);
	return found;
}

/* It is another one when THP were switched off and on. */
static char state(void)
{
	char now;

	if (*known < 0)
		return 0;
	now = *known ? state_of(*known) : 0;
	if (now)
		return now;
	*known = find();
	return *known < 0 ? 0 : state_of(*known);
}

bool hz_khugepaged_rest(void)
{
	int tries;
	char now;

	if (!known) {
		known = mmap(NULL, sizeof(*known), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (known == MAP_FAILED) {
			known = NULL;
			return false;
		}
	}
	for (tries = 0; tries < TRIES; tries++) {
		now = state();
		if (now != 'R' && now != 'D')
			return true;
		usleep(TRY_US);
	}
	return false;
}
