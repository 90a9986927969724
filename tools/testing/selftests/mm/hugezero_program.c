// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "hugezero_counters.h"
#include "hugezero_judge.h"
#include "hugezero_khugepaged.h"
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

/* Descriptors that a test may have open at once, and then some. */
#define DESCRIPTORS	64
#define STACK_BYTES	(256ul << 10)

static struct {
	bool left_over;		/* a complaint that no test can answer for */
	bool skipped;		/* as a whole */
	bool restless;		/* khugepaged, and that was told */
	bool under_way;		/* a test that has not come to its end */
	int begun;		/* tests */
	pid_t main;
	char last_test[80];	/* that ended */
} *program;

static long began;	/* microseconds */

/* Once is enough: what keeps it awake will do so in the next test, too. */
static void await_rest(void)
{
	if (program->restless || hz_khugepaged_rest())
		return;
	printf("# hugezero: khugepaged has not come to rest, and may meddle\n");
	program->restless = true;
}

void hz_test_begin(void)
{
	/* Whoever kills the program means this process, too. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	hz_settings_guard_test(getpid());
	program->begun++;
	if (program->under_way)
		hz_settings_mend();
	program->under_way = true;
	await_rest();
	hz_judge_anew();
	if (hz_kmsg_complaints()) {
		printf("# these came after the end of %s\n",
		       program->last_test[0] ? program->last_test : "the probes");
		program->left_over = true;
	}
	hz_settle_later();
	began = hz_now();
}

void hz_test_end(const char *test)
{
	const long took = hz_now() - began;

	hz_settings_guard_test(0);
	program->under_way = false;
	printf("# hugezero: time %s %ld\n", test, took);
	snprintf(program->last_test, sizeof(program->last_test), "%s", test);
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
	if (hz_kmsg_complaints() || program->left_over)
		_exit(EXIT_FAIL);
	if (!program->begun && !program->skipped) {
		fprintf(stderr, "no test of that name\n");
		_exit(EXIT_FAIL);
	}
	/* A verdict that nobody could read is none. */
	if (fflush(stdout) || ferror(stdout))
		_exit(EXIT_FAIL);
}

static void __attribute__((format(printf, 1, 2), noreturn))
skip_program(const char *fmt, ...)
{
	va_list args;

	if (program)
		program->skipped = true;
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

/* Descriptors 0 to 2 are taken, and signals do what the harness expects. */
static void mend_inheritance(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	/* Inherited from whoever started us, perhaps. */
	prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
}

/* As much as we are allowed; false when that is less than @least. */
static bool raise_limit(int resource, rlim_t least)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit))
		return true;
	limit.rlim_cur = limit.rlim_max;
	/* An unlimited stack would change the layout of memory. */
	if (resource != RLIMIT_STACK)
		setrlimit(resource, &limit);
	else if (!getrlimit(resource, &limit) && limit.rlim_cur < least)
		limit.rlim_cur = limit.rlim_max < least ? limit.rlim_max : least;
	if (resource == RLIMIT_STACK)
		setrlimit(resource, &limit);
	return limit.rlim_cur >= least;
}

static void require_limits(void)
{
	struct hz_region r;
	int err;

	if (!raise_limit(RLIMIT_NOFILE, DESCRIPTORS))
		skip_program("needs %d descriptors (ulimit -n)", DESCRIPTORS);
	if (!raise_limit(RLIMIT_STACK, STACK_BYTES))
		skip_program("needs %lu KiB of stack (ulimit -s)",
			     STACK_BYTES >> 10);
	raise_limit(RLIMIT_AS, 0);
	raise_limit(RLIMIT_DATA, 0);
	err = hz_region_map(&r, 8 * RANGES, HZ_ADVISE_HUGE);
	hz_region_unmap(&r);
	if (err)
		skip_program("needs to map %zu MiB with MADV_HUGEPAGE: %s (ulimit -v, -d)",
			     8 * RANGES * hz_pmd_size() >> 20, strerror(-err));
}

static void require_proc(void)
{
	static const char * const files[] = {
		"/proc/self/pagemap", "/proc/self/smaps", "/proc/self/maps",
		"/proc/self/status", "/proc/vmstat",
	};
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		fd = open(files[i], O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			skip_program("needs %s: %s (CONFIG_PROC_PAGE_MONITOR)",
				     files[i], strerror(errno));
		close(fd);
	}
}

static void require_memory(void)
{
	const char *lack = hz_missing_memory(RANGES * hz_pmd_size());

	if (lack)
		skip_program("needs %s", lack);
}

static void require_huge_pages(void)
{
	char words[300];

	if (hz_control_at_first(words, sizeof(words)) == HZ_CONTROL_NO_MEMORY)
		skip_program("no huge page to be had: %s", words);
}

static void require_zero_pages(void)
{
	if (hz_zero_page_is_forbidden())
		skip_program("needs zero pages: %s (mm_forbids_zeropage())",
			     "what is only read gets pages of its own here, base pages as well");
}

void hz_program_begin(int argc, char **argv, bool takes_arguments)
{
	char words[300];

	mend_inheritance();
	if (argc > 1 && !takes_arguments) {
		fprintf(stderr, "%s: built with a harness without arguments\n",
			argv[0]);
		exit(EXIT_FAIL);
	}
	if (only_asks(argc, argv))
		return;
	print_header();
	if (!hz_pmd_size())
		skip_program("needs %shpage_pmd_size: %s", HZ_THP_DIR,
			     "this kernel or CPU has no THP (CONFIG_TRANSPARENT_HUGEPAGE)");
	program = mmap(NULL, sizeof(*program), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (program == MAP_FAILED) {
		program = NULL;
		skip_program("needs a page of memory: %s", strerror(errno));
	}
	program->main = getpid();
	atexit(program_end);
	require_proc();
	require_limits();
	hz_kmsg_begin();
	if (!hz_settings_begin(words, sizeof(words)))
		skip_program("needs %s", words);
	await_rest();
	hz_observe_init();
	printf("# hugezero: oracles %s\n", hz_oracles());
	require_memory();
	hz_needs_probe();
	require_huge_pages();
	require_zero_pages();
}
