// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "hugezero_judge.h"
#include "hugezero_kmsg.h"
#include "hugezero_need.h"
#include "hugezero_observe.h"
#include "hugezero_program.h"
#include "hugezero_region.h"
#include "hugezero_settings.h"

/* kselftest.h: KSFT_FAIL, KSFT_SKIP */
#define EXIT_FAIL	1
#define EXIT_SKIP	4

/* Ranges that most tests make, at most; those that make more say so. */
#define RANGES		4

static struct {
	bool left_over;		/* a complaint that no test can answer for */
	pid_t main;
} *program;

static struct timespec began;

void hz_test_begin(void)
{
	/* Whoever kills the program means this process, too. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	hz_judge_anew();
	if (hz_kmsg_complaints()) {
		printf("# these came after the test before had ended\n");
		program->left_over = true;
	}
	hz_settle();
	clock_gettime(CLOCK_MONOTONIC, &began);
}

void hz_test_end(const char *test)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("# hugezero: time %s %ld\n", test,
	       (now.tv_sec - began.tv_sec) * 1000000 +
	       (now.tv_nsec - began.tv_nsec) / 1000);
	fflush(stdout);
}

/*
 * The harness ends the program with exit(); this comes after it. A complaint
 * that came too late for any test fails the program.
 */
static void program_end(void)
{
	if (program->main != getpid())
		return;
	fflush(stdout);
	hz_settings_end();
	if (hz_kmsg_complaints() || program->left_over) {
		fflush(stdout);
		_exit(EXIT_FAIL);
	}
}

static void __attribute__((format(printf, 1, 2), noreturn))
skip_program(const char *fmt, ...)
{
	va_list args;

	printf("1..0 # SKIP ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	exit(EXIT_SKIP);
}

static bool only_asks(int argc, char **argv)
{
	while (argc-- > 1)
		if (!strcmp(argv[argc], "-l") || !strcmp(argv[argc], "-h"))
			return true;
	return false;
}

/* Printed before the plan; the harness is told that there is a header. */
static void print_header(void)
{
	struct utsname un;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!getenv("KSFT_TAP_LEVEL"))
		printf("TAP version 13\n");
	setenv("KSFT_TAP_LEVEL", "1", 1);
	uname(&un);
	printf("# hugezero: kernel %s %s page %zu pmd %zu uid %d\n", un.release,
	       un.machine, hz_page_size(), hz_pmd_size(), geteuid());
}

void hz_program_begin(int argc, char **argv)
{
	const char *lack;
	char words[300];

	if (only_asks(argc, argv))
		return;
	print_header();
	if (!hz_pmd_size())
		skip_program("needs %shpage_pmd_size: %s", HZ_THP_DIR,
			     "this kernel or CPU has no THP (CONFIG_TRANSPARENT_HUGEPAGE)");
	program = mmap(NULL, sizeof(*program), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (program == MAP_FAILED)
		skip_program("needs a page of memory: %s", strerror(errno));
	program->main = getpid();
	atexit(program_end);
	/* Inherited from whoever started us, perhaps. */
	prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
	hz_kmsg_begin();
	if (!hz_settings_begin(words, sizeof(words)))
		skip_program("needs %s", words);
	hz_observe_init();
	printf("# hugezero: oracles %s\n", hz_oracles());
	lack = hz_missing_memory(RANGES * hz_pmd_size());
	if (lack)
		skip_program("needs %s", lack);
	if (hz_control(words, sizeof(words)) == HZ_CONTROL_NO_MEMORY)
		skip_program("no huge page to be had: %s", words);
	hz_needs_probe();
}
