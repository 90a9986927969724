// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/elf.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "hugezero_core.h"
#include "hugezero_settings.h"

#define PATTERN		"/proc/sys/kernel/core_pattern"

static const char *lacks(struct hz_core *core, const char *what, int err)
{
	snprintf(core->why, sizeof(core->why), "%s: %s", what, strerror(err));
	hz_core_end(core);
	return core->why;
}

/* A pattern is cut at 127 bytes, and what follows a % stands for another. */
static bool make_dir(struct hz_core *core)
{
	const char *tmp = getenv("TMPDIR");

	if (tmp && tmp[0] == '/' && !strchr(tmp, '%') &&
	    strlen(tmp) < sizeof(core->dir) - 20) {
		snprintf(core->dir, sizeof(core->dir), "%s/hugezero-XXXXXX",
			 tmp);
		if (mkdtemp(core->dir))
			return true;
	}
	strcpy(core->dir, "/tmp/hugezero-XXXXXX");
	if (mkdtemp(core->dir))
		return true;
	core->dir[0] = 0;
	return false;
}

static bool allows(int resource, size_t size)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	if (!setrlimit(resource, &limit))
		return true;
	if (getrlimit(resource, &limit))
		return false;
	limit.rlim_cur = limit.rlim_max;
	return !setrlimit(resource, &limit) && limit.rlim_cur >= size;
}

/* Zero blocks are a file system without a limit. */
static bool has_room(const struct hz_core *core, size_t size)
{
	struct statvfs disk;

	return !statvfs(core->dir, &disk) &&
	       (!disk.f_blocks || disk.f_bavail >= size / disk.f_frsize);
}

/* Of this process, and so of the children that it forks. */
static int dump_anonymous_memory(void)
{
	int fd = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = write(fd, "1", 1) == 1 ? 0 : -errno;
	close(fd);
	signal(SIGABRT, SIG_DFL);
	return err ? err : prctl(PR_SET_DUMPABLE, 1) ? -errno : 0;
}

/*
 * A pattern that we may write need not be one that we may put back: that of a
 * socket is for the first mount namespace (6.16).
 */
static int rewrite_pattern(void)
{
	char saved[HZ_KNOB_SIZE];
	int err = hz_knob_saved(PATTERN, saved, sizeof(saved));

	return err ? err : hz_knob_set(PATTERN, saved);
}

const char *hz_core_begin(struct hz_core *core, size_t size)
{
	char pattern[sizeof(core->dir) + 16];
	int err;

	*core = (struct hz_core){ .fd = -1 };
	if (access(PATTERN, F_OK))
		return lacks(core, PATTERN " (CONFIG_COREDUMP)", errno);
	err = rewrite_pattern();
	if (err)
		return lacks(core, "to write " PATTERN " as it is", -err);
	err = dump_anonymous_memory();
	if (err)
		return lacks(core, "/proc/self/coredump_filter (CONFIG_ELF_CORE)",
			     -err);
	if (!allows(RLIMIT_CORE, size) || !allows(RLIMIT_FSIZE, size))
		return lacks(core, "a core dump of some MiB (ulimit -H -c, -f)",
			     EFBIG);
	if (!make_dir(core))
		return lacks(core, "a directory in $TMPDIR or /tmp", errno);
	if (!has_room(core, size))
		return lacks(core, "room for a core dump in $TMPDIR or /tmp",
			     ENOSPC);
	hz_settings_litter(core->dir);
	snprintf(pattern, sizeof(pattern), "%s/core.%%p", core->dir);
	err = hz_knob_set(PATTERN, pattern);
	return err ? lacks(core, "to write " PATTERN, -err) : NULL;
}

int hz_core_take(struct hz_core *core, pid_t pid)
{
	char path[sizeof(core->dir) + 32];
	struct stat file;

	if (core->fd >= 0)
		close(core->fd);
	snprintf(path, sizeof(path), "%s/core.%d", core->dir, pid);
	core->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (core->fd < 0)
		return -errno;
	unlink(path);
	return fstat(core->fd, &file) ? -errno : file.st_size ? 0 : -ENODATA;
}

/* The part of the file that @at lies in. */
static bool find_part(const struct hz_core *core, uintptr_t at,
		      struct elf64_phdr *part)
{
	struct elf64_hdr head;
	off_t where;
	int i;

	if (pread(core->fd, &head, sizeof(head), 0) != sizeof(head))
		return false;
	for (i = 0; i < head.e_phnum; i++) {
		where = head.e_phoff + (off_t)i * head.e_phentsize;
		if (pread(core->fd, part, sizeof(*part), where) !=
		    sizeof(*part))
			return false;
		if (part->p_type == PT_LOAD && at >= part->p_vaddr &&
		    at - part->p_vaddr < part->p_filesz)
			return true;
	}
	return false;
}

size_t hz_core_read(const struct hz_core *core, void *to, const char *at,
		    size_t n)
{
	struct elf64_phdr part;
	size_t skip;
	ssize_t got;

	if (!find_part(core, (uintptr_t)at, &part))
		return 0;
	skip = (uintptr_t)at - part.p_vaddr;
	if (n > part.p_filesz - skip)
		n = part.p_filesz - skip;
	got = pread(core->fd, to, n, part.p_offset + skip);
	return got < 0 ? 0 : got;
}

long hz_core_room(const struct hz_core *core)
{
	struct stat file;

	return fstat(core->fd, &file) ? -errno : file.st_blocks * 512L;
}

void hz_core_end(struct hz_core *core)
{
	if (!core->dir[0])
		return;
	rewrite_pattern();
	if (core->fd >= 0)
		close(core->fd);
	rmdir(core->dir);
	hz_settings_litter("");
	core->fd = -1;
	core->dir[0] = 0;
}
