/* SPDX-License-Identifier: GPL-2.0 */
/* Core dumps: what a process that dies leaves of its memory for a debugger. */
#ifndef HUGEZERO_CORE_H
#define HUGEZERO_CORE_H

#include <stddef.h>
#include <sys/types.h>

struct hz_core {
	char dir[64];
	char why[160];
	int fd;			/* of the last one taken, or -1 */
};

/*
 * From here to hz_core_end() children of this process that die of SIGABRT
 * leave their anonymous memory, @size bytes of it, in a file of $TMPDIR or
 * /tmp. Returns NULL, or what is missing. Root, for core_pattern.
 */
const char *hz_core_begin(struct hz_core *core, size_t size);
/*
 * What a child left that was reaped. Returns 0 or -errno: -ENOENT, nothing;
 * -ENODATA, an empty file, for where the file system keeps no owner or mode
 * the kernel goes no further.
 */
int hz_core_take(struct hz_core *core, pid_t pid);
/* Copies what was at @at. Bytes, fewer at the end of a mapping; 0: not in it. */
size_t hz_core_read(const struct hz_core *core, void *to, const char *at,
		    size_t n);
/* Bytes of the disk that it takes, or -errno. */
long hz_core_room(const struct hz_core *core);
/* Puts back what core_pattern said. Safe to call twice. */
void hz_core_end(struct hz_core *core);

#endif /* HUGEZERO_CORE_H */
