// SPDX-License-Identifier: GPL-2.0
/*
 * usage: hog BYTES
 *
 * Load for a soak: one process on each CPU that allocates, writes and frees
 * huge pages and base pages in turn, all of them together at most BYTES. They
 * end when whoever started this ends.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void work(size_t bytes, unsigned int seed)
{
	size_t n;
	char *p;

	for (;;) {
		/* From a half to all of it, so that what is free is in pieces. */
		n = bytes / 2 + rand_r(&seed) % (bytes / 2 + 1);
		p = mmap(NULL, n, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			continue;
		madvise(p, n, rand_r(&seed) % 2 ? MADV_HUGEPAGE :
						  MADV_NOHUGEPAGE);
		memset(p, 1, n);
		munmap(p, n);
	}
}

int main(int argc, char **argv)
{
	size_t bytes = argc == 2 ? strtoull(argv[1], NULL, 10) : 0;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN), i;
	pid_t parent = getpid();

	if (bytes / cpus < 2) {
		fprintf(stderr, "usage: hog BYTES\n");
		return 1;
	}
	for (i = 0; i < cpus; i++) {
		if (fork())
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			work(bytes / cpus, i);
		return 1;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (wait(NULL) > 0)
		;
	return 1;
}
