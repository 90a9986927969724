// SPDX-License-Identifier: GPL-2.0
/*
 * The last program in the guest: prints what the kernel counted, a line of
 * hexadecimal digits for each piece of a file:
 *
 *	gcda /path/of/mm/huge_memory.gcda 61646367...
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define GCOV "/sys/kernel/debug/gcov"

static int files;

static int print_file(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	const char *end = strrchr(path, '.');
	unsigned char piece[1024];
	ssize_t n, i;
	int fd;

	(void)st;
	(void)ftw;
	if (type != FTW_F || !end || strcmp(end, ".gcda"))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	while ((n = read(fd, piece, sizeof(piece))) > 0) {
		printf("gcda %s ", path + strlen(GCOV));
		for (i = 0; i < n; i++)
			printf("%02x", piece[i]);
		printf("\n");
	}
	close(fd);
	files++;
	return n < 0 ? errno : 0;
}

int main(void)
{
	int err = nftw(GCOV, print_file, 16, FTW_PHYS);

	if (err > 0 || !files) {
		fprintf(stderr, "%s: %s\n", GCOV,
			err > 0 ? strerror(err) : "no counts there");
		return 1;
	}
	return 0;
}
