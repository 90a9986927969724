/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System calls that write to user memory, each HZ_WRITE_LEN bytes of
 * HZ_WRITE_BYTE at @at. They return 0 or -errno; -EIO for fewer bytes.
 */
#ifndef HUGEZERO_WRITER_H
#define HUGEZERO_WRITER_H

#include <sys/types.h>

#define HZ_WRITE_LEN	4096
#define HZ_WRITE_BYTE	((char)0xa5)

extern char hz_write_bytes[HZ_WRITE_LEN];	/* full of them */

/* What @n, returned by a system call of now, means. */
int hz_write_all(ssize_t n);

int hz_write_by_read(char *at);			/* copy_to_user() */
int hz_write_by_process_vm_writev(char *at);	/* pins the page and copies */
int hz_write_by_direct_read(char *at);		/* the same */
/* By force where it may not be written; -EACCES, -EIO: not even so. */
int hz_write_by_proc_mem(char *at);
int hz_write_by_populate_write(char *at);	/* of one page; no bytes */

/*
 * What this kernel, file system or user lacks where one of those above returns
 * @err; NULL where that is an error like any other.
 */
const char *hz_writer_lack(int (*write)(char *at), int err);

#endif /* HUGEZERO_WRITER_H */
