// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "hugezero_region.h"
#include "hugezero_writer.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

char hz_write_bytes[HZ_WRITE_LEN] = {
	[0 ... HZ_WRITE_LEN - 1] = HZ_WRITE_BYTE,
};

int hz_write_all(ssize_t n)
{
	return n == HZ_WRITE_LEN ? 0 : n < 0 ? -errno : -EIO;
}

/*
 * A file of these bytes: here, where a disk is likelier than in /tmp, if this
 * user may. The fd, or -errno.
 */
static int make_file(int flags)
{
	char here[] = "hugezero-XXXXXX", there[] = "/tmp/hugezero-XXXXXX";
	char *name = here;
	int fd = mkstemp(name), err;

	if (fd < 0) {
		name = there;
		fd = mkstemp(name);
	}
	if (fd < 0)
		return -errno;
	err = hz_write_all(write(fd, hz_write_bytes, HZ_WRITE_LEN));
	close(fd);
	if (!err) {
		fd = open(name, O_RDONLY | O_CLOEXEC | flags);
		err = -errno;
	} else {
		fd = -1;
	}
	unlink(name);
	return fd < 0 ? err : fd;
}

int hz_write_by_read(char *at)
{
	int fd = memfd_create("hugezero", MFD_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = hz_write_all(write(fd, hz_write_bytes, HZ_WRITE_LEN));
	if (!err)
		err = hz_write_all(pread(fd, at, HZ_WRITE_LEN, 0));
	close(fd);
	return err;
}

int hz_write_by_direct_read(char *at)
{
	int fd = make_file(O_DIRECT), err;

	if (fd < 0)
		return fd;
	err = hz_write_all(pread(fd, at, HZ_WRITE_LEN, 0));
	close(fd);
	return err;
}

int hz_write_by_process_vm_writev(char *at)
{
	struct iovec from = { hz_write_bytes, HZ_WRITE_LEN };
	struct iovec to = { at, HZ_WRITE_LEN };

	return hz_write_all(process_vm_writev(getpid(), &from, 1, &to, 1, 0));
}

int hz_write_by_proc_mem(char *at)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = hz_write_all(pwrite(fd, hz_write_bytes, HZ_WRITE_LEN,
				  (uintptr_t)at));
	close(fd);
	return err;
}

int hz_write_by_populate_write(char *at)
{
	return hz_advise(at, hz_page_size(), MADV_POPULATE_WRITE);
}

static const struct {
	int (*write)(char *at);
	const char *lack;
	int errors[6];
} lacks[] = {
	{ hz_write_by_direct_read, "direct I/O from a file here or in /tmp",
	  { EINVAL, EOPNOTSUPP, EROFS, EACCES, ENOSPC, EDQUOT } },
	{ hz_write_by_process_vm_writev,
	  "process_vm_writev(2) (CONFIG_CROSS_MEMORY_ATTACH)", { ENOSYS } },
	{ hz_write_by_proc_mem, "to write to /proc/self/mem", { EACCES } },
	{ hz_write_by_populate_write, "MADV_POPULATE_WRITE (5.14)",
	  { ENOSYS } },
};

const char *hz_writer_lack(int (*write)(char *at), int err)
{
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(lacks); i++)
		for (j = 0; j < ARRAY_SIZE(lacks[i].errors); j++)
			if (lacks[i].write == write && err &&
			    err == -lacks[i].errors[j])
				return lacks[i].lack;
	return NULL;
}
