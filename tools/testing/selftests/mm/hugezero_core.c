// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/elf.h>
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

/* A pattern is cut at 127 bytes. */
static int make_dir(struct hz_core *core)
{
	const char *tmp = getenv("TMPDIR");

	if (!tmp || tmp[0] != '/' || strlen(tmp) > sizeof(core->dir) - 32)
		tmp = "/tmp";
	snprintf(core->dir, sizeof(core->dir), "%s/hugezero-XXXXXX", tmp);
	if (mkdtemp(core->dir))
		return 0;
	core->dir[0] = 0;
	return -errno;
}

/* Of this process, and so of the children that it forks. */
static int dump_anonymous_memory(void)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	int fd = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = write(fd, "1", 1) == 1 ? 0 : -errno;
	close(fd);
	if (!err && (setrlimit(RLIMIT_CORE, &all) ||
		     prctl(PR_SET_DUMPABLE, 1)))
		err = -errno;
	return err;
}

/* A dump that is cut would lack what the kernel had not forgotten. */
static int has_room(const struct hz_core *core, size_t size)
{
	struct statvfs disk;

	if (statvfs(core->dir, &disk))
		return -errno;
	return disk.f_bavail < size / disk.f_frsize ? -ENOSPC : 0;
}

int hz_core_begin(struct hz_core *core, size_t size)
{
	char pattern[sizeof(core->dir) + 16];
	int err;

	core->fd = -1;
	core->dir[0] = 0;
	if (access(PATTERN, W_OK))
		return -errno;
	err = dump_anonymous_memory();
	if (!err)
		err = make_dir(core);
	if (!err)
		err = has_room(core, size);
	snprintf(pattern, sizeof(pattern), "%s/core.%%p", core->dir);
	if (!err)
		err = hz_knob_set(PATTERN, pattern);
	if (err)
		hz_core_end(core);
	return err;
}

int hz_core_take(struct hz_core *core, pid_t pid)
{
	char path[sizeof(core->dir) + 32];

	if (core->fd >= 0)
		close(core->fd);
	snprintf(path, sizeof(path), "%s/core.%d", core->dir, pid);
	core->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (core->fd < 0)
		return -errno;
	unlink(path);
	return 0;
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
	char saved[HZ_KNOB_SIZE];

	if (!core->dir[0])
		return;
	if (!hz_knob_saved(PATTERN, saved, sizeof(saved)))
		hz_knob_set(PATTERN, saved);
	if (core->fd >= 0)
		close(core->fd);
	rmdir(core->dir);
	core->fd = -1;
	core->dir[0] = 0;
}
