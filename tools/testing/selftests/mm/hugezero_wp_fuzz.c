// SPDX-License-Identifier: GPL-2.0
/*
 * Three ranges, one script. What a process sees of its memory must not depend
 * on how the kernel came to back it: a range that was read first (the huge zero
 * page), one that was written first (a THP) and one of base pages go through
 * the same operations, drawn from a seed, and have to end each of them alike.
 * A script that tells them apart is made as short as it can be and printed.
 *
 * Without arguments of its own it is a test program like the others. With:
 *
 *	--seed N|random	 where to begin (default 1)
 *	--scripts M	 how many (default 1000); each has the next seed
 *	--ops K		 operations in each (default 16)
 *	--family NAME	 what to draw from (default everything)
 *	--script TEXT	 this one instead, as it was printed
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hugezero_test.h"
#include "hugezero_ops.h"
#include "hugezero_script.h"

/* A script that takes longer hangs; slow machines are emulated. */
#define SECONDS		90
/* How often a script is run again to make it shorter. */
#define SHRINK_RUNS	400
#define MAX_KINDS	256

struct family {
	const char *name;
	/* What it is about comes first. Drawn as often as @weight says. */
	struct {
		enum hz_op_kind kind;
		int weight;	/* 0 ends the list */
	} kinds[HZ_OP_NR + 1];
	int ops, scripts;	/* by default */
};

static const struct family families[] = {
	{
		.name = "contents", .ops = 12, .scripts = 20,
		.kinds = {
			{ HZ_OP_LOAD, 2 }, { HZ_OP_STORE, 4 },
			{ HZ_OP_SWEEP, 2 }, { HZ_OP_FILL, 2 },
			{ HZ_OP_ADD, 1 }, { HZ_OP_PREAD, 1 },
			{ HZ_OP_PIPE_IN, 1 }, { HZ_OP_PIPE_OUT, 1 },
			{ HZ_OP_FUTEX, 1 }, { HZ_OP_PVM_READ, 1 },
			{ HZ_OP_PVM_WRITE, 1 }, { HZ_OP_FORCE, 1 },
			{ HZ_OP_SPLICE, 1 }, { HZ_OP_DRAIN, 1 },
			{ HZ_OP_DONTNEED, 1 }, { HZ_OP_COLLAPSE, 1 },
			{ HZ_OP_POPULATE_READ, 1 },
			{ HZ_OP_POPULATE_WRITE, 1 },
		},
	},
	{
		.name = "protection", .ops = 12, .scripts = 20,
		.kinds = {
			{ HZ_OP_RO, 2 }, { HZ_OP_RW, 2 }, { HZ_OP_NONE, 1 },
			{ HZ_OP_GUARD, 1 }, { HZ_OP_UNGUARD, 1 },
			{ HZ_OP_LOAD, 2 }, { HZ_OP_STORE, 4 },
			{ HZ_OP_SWEEP, 2 }, { HZ_OP_FILL, 2 },
			{ HZ_OP_PREAD, 1 }, { HZ_OP_PIPE_IN, 1 },
			{ HZ_OP_FUTEX, 1 }, { HZ_OP_PVM_READ, 1 },
			{ HZ_OP_PVM_WRITE, 1 }, { HZ_OP_FORCE, 2 },
			{ HZ_OP_POPULATE_READ, 1 },
			{ HZ_OP_POPULATE_WRITE, 1 }, { HZ_OP_MLOCK, 1 },
			{ HZ_OP_MUNLOCK, 1 }, { HZ_OP_DONTNEED, 1 },
			{ HZ_OP_COLLAPSE, 1 },
		},
	},
	{
		.name = "fork", .ops = 14, .scripts = 15,
		.kinds = {
			{ HZ_OP_FORK, 2 }, { HZ_OP_REAP, 1 },
			{ HZ_OP_LOAD, 2 }, { HZ_OP_STORE, 4 },
			{ HZ_OP_SWEEP, 2 }, { HZ_OP_FILL, 2 },
			{ HZ_OP_PVM_WRITE, 1 }, { HZ_OP_FORCE, 1 },
			{ HZ_OP_PREAD, 1 }, { HZ_OP_SPLICE, 1 },
			{ HZ_OP_DRAIN, 1 }, { HZ_OP_WIPE, 1 },
			{ HZ_OP_KEEP, 1 }, { HZ_OP_DONTNEED, 1 },
			{ HZ_OP_FREE, 1 }, { HZ_OP_GUARD, 1 },
			{ HZ_OP_UNGUARD, 1 }, { HZ_OP_RO, 1 }, { HZ_OP_RW, 1 },
			{ HZ_OP_MLOCK, 1 }, { HZ_OP_MOVE, 1 },
			{ HZ_OP_COLLAPSE, 1 }, { HZ_OP_POPULATE_WRITE, 1 },
		},
	},
	{
		.name = "place", .ops = 12, .scripts = 15,
		.kinds = {
			{ HZ_OP_MOVE, 1 }, { HZ_OP_MOVE_PART, 1 },
			{ HZ_OP_MOVE_LEAVE, 1 }, { HZ_OP_LOAD, 2 },
			{ HZ_OP_STORE, 4 }, { HZ_OP_SWEEP, 2 },
			{ HZ_OP_FILL, 2 }, { HZ_OP_FORCE, 1 },
			{ HZ_OP_PVM_WRITE, 1 }, { HZ_OP_RO, 1 },
			{ HZ_OP_RW, 1 }, { HZ_OP_GUARD, 1 },
			{ HZ_OP_UNGUARD, 1 }, { HZ_OP_DONTNEED, 1 },
			{ HZ_OP_COLLAPSE, 1 }, { HZ_OP_FORK, 1 },
			{ HZ_OP_NOHUGE, 1 }, { HZ_OP_HUGE, 1 },
		},
	},
	{
		.name = "reclaim", .ops = 14, .scripts = 20,
		.kinds = {
			{ HZ_OP_FREE, 2 }, { HZ_OP_COLD, 1 },
			{ HZ_OP_PAGEOUT, 2 }, { HZ_OP_DONTNEED, 2 },
			{ HZ_OP_LOAD, 2 }, { HZ_OP_STORE, 4 },
			{ HZ_OP_SWEEP, 2 }, { HZ_OP_FILL, 2 },
			{ HZ_OP_COLLAPSE, 1 }, { HZ_OP_MLOCK, 1 },
			{ HZ_OP_MUNLOCK, 1 }, { HZ_OP_MERGEABLE, 1 },
			{ HZ_OP_UNMERGEABLE, 1 }, { HZ_OP_NOHUGE, 1 },
			{ HZ_OP_HUGE, 1 }, { HZ_OP_FORK, 1 },
			{ HZ_OP_PREAD, 1 }, { HZ_OP_POPULATE_READ, 1 },
			{ HZ_OP_POPULATE_WRITE, 1 },
		},
	},
	{
		.name = "tracking", .ops = 14, .scripts = 20,
		.kinds = {
			{ HZ_OP_REGISTER, 5 }, { HZ_OP_UNREGISTER, 1 },
			{ HZ_OP_PROTECT, 4 }, { HZ_OP_UNPROTECT, 2 },
			{ HZ_OP_COPY, 2 }, { HZ_OP_ZEROPAGE, 1 },
			{ HZ_OP_UMOVE, 1 }, { HZ_OP_SCAN, 4 },
			{ HZ_OP_LOAD, 2 }, { HZ_OP_STORE, 5 },
			{ HZ_OP_SWEEP, 2 }, { HZ_OP_FILL, 1 },
			{ HZ_OP_PREAD, 1 }, { HZ_OP_PIPE_OUT, 1 },
			{ HZ_OP_FUTEX, 1 }, { HZ_OP_PVM_READ, 1 },
			{ HZ_OP_PVM_WRITE, 1 }, { HZ_OP_FORCE, 1 },
			{ HZ_OP_POPULATE_READ, 1 },
			{ HZ_OP_POPULATE_WRITE, 1 },
			{ HZ_OP_DONTNEED, 3 }, { HZ_OP_COLLAPSE, 1 },
			{ HZ_OP_PAGEOUT, 1 }, { HZ_OP_FORK, 1 },
			{ HZ_OP_REAP, 1 }, { HZ_OP_RO, 1 }, { HZ_OP_RW, 2 },
			{ HZ_OP_GUARD, 1 }, { HZ_OP_UNGUARD, 1 },
			{ HZ_OP_MOVE, 1 }, { HZ_OP_MOVE_PART, 1 },
			{ HZ_OP_MOVE_LEAVE, 1 }, { HZ_OP_MLOCK, 1 },
			{ HZ_OP_MUNLOCK, 1 },
		},
	},
	{
		.name = "dirty", .ops = 14, .scripts = 15,
		.kinds = {
			{ HZ_OP_DIRTY, 4 }, { HZ_OP_CLEAR_DIRTY, 3 },
			{ HZ_OP_LOAD, 1 }, { HZ_OP_STORE, 4 },
			{ HZ_OP_SWEEP, 1 }, { HZ_OP_FILL, 1 },
			{ HZ_OP_PREAD, 1 }, { HZ_OP_PVM_WRITE, 1 },
			{ HZ_OP_FORCE, 1 }, { HZ_OP_DONTNEED, 1 },
			{ HZ_OP_COLLAPSE, 1 }, { HZ_OP_FORK, 1 },
			{ HZ_OP_RO, 1 }, { HZ_OP_RW, 2 }, { HZ_OP_MOVE, 1 },
			{ HZ_OP_MOVE_PART, 1 }, { HZ_OP_MOVE_LEAVE, 1 },
			{ HZ_OP_PAGEOUT, 1 },
		},
	},
	{
		.name = "pins", .ops = 14, .scripts = 15,
		.kinds = {
			{ HZ_OP_PIN, 4 }, { HZ_OP_PIN_READ, 4 },
			{ HZ_OP_UNPIN, 1 }, { HZ_OP_LOAD, 1 },
			{ HZ_OP_STORE, 4 }, { HZ_OP_SWEEP, 1 },
			{ HZ_OP_FILL, 1 }, { HZ_OP_PVM_WRITE, 1 },
			{ HZ_OP_FORCE, 1 }, { HZ_OP_FORK, 2 },
			{ HZ_OP_REAP, 1 }, { HZ_OP_DONTNEED, 1 },
			{ HZ_OP_COLLAPSE, 1 }, { HZ_OP_RO, 1 },
			{ HZ_OP_RW, 2 }, { HZ_OP_MOVE, 1 },
			{ HZ_OP_MOVE_PART, 1 }, { HZ_OP_MOVE_LEAVE, 1 },
			{ HZ_OP_PAGEOUT, 1 }, { HZ_OP_FREE, 1 },
			{ HZ_OP_MLOCK, 1 }, { HZ_OP_SPLICE, 1 },
			{ HZ_OP_DRAIN, 1 },
		},
	},
	{
		.name = "everything", .ops = 16, .scripts = 20,
		.kinds = {
			{ HZ_OP_LOAD, 2 }, { HZ_OP_STORE, 4 },
			{ HZ_OP_SWEEP, 2 }, { HZ_OP_FILL, 2 },
			{ HZ_OP_ADD, 1 }, { HZ_OP_PREAD, 1 },
			{ HZ_OP_PIPE_IN, 1 }, { HZ_OP_PIPE_OUT, 1 },
			{ HZ_OP_FUTEX, 1 }, { HZ_OP_PVM_READ, 1 },
			{ HZ_OP_PVM_WRITE, 1 }, { HZ_OP_FORCE, 1 },
			{ HZ_OP_SPLICE, 1 }, { HZ_OP_DRAIN, 1 },
			{ HZ_OP_DONTNEED, 2 }, { HZ_OP_FREE, 1 },
			{ HZ_OP_COLD, 1 }, { HZ_OP_PAGEOUT, 1 },
			{ HZ_OP_COLLAPSE, 2 }, { HZ_OP_POPULATE_READ, 1 },
			{ HZ_OP_POPULATE_WRITE, 1 }, { HZ_OP_HUGE, 1 },
			{ HZ_OP_NOHUGE, 1 }, { HZ_OP_WIPE, 1 },
			{ HZ_OP_KEEP, 1 }, { HZ_OP_MERGEABLE, 1 },
			{ HZ_OP_UNMERGEABLE, 1 }, { HZ_OP_GUARD, 1 },
			{ HZ_OP_UNGUARD, 1 }, { HZ_OP_MLOCK, 1 },
			{ HZ_OP_MUNLOCK, 1 }, { HZ_OP_RO, 1 }, { HZ_OP_RW, 2 },
			{ HZ_OP_NONE, 1 }, { HZ_OP_MOVE, 1 },
			{ HZ_OP_MOVE_PART, 1 }, { HZ_OP_MOVE_LEAVE, 1 },
			{ HZ_OP_FORK, 2 }, { HZ_OP_REAP, 1 },
			{ HZ_OP_REGISTER, 4 }, { HZ_OP_UNREGISTER, 1 },
			{ HZ_OP_PROTECT, 2 }, { HZ_OP_UNPROTECT, 1 },
			{ HZ_OP_COPY, 1 }, { HZ_OP_ZEROPAGE, 1 },
			{ HZ_OP_UMOVE, 1 }, { HZ_OP_SCAN, 1 },
			{ HZ_OP_DIRTY, 1 }, { HZ_OP_CLEAR_DIRTY, 1 },
			{ HZ_OP_PIN, 1 }, { HZ_OP_PIN_READ, 1 },
			{ HZ_OP_UNPIN, 1 },
		},
	},
};

static const struct family *find_family(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(families); i++)
		if (!strcmp(families[i].name, name))
			return &families[i];
	return NULL;
}

/* Kinds that this kernel and user can do; their number. */
static int kinds_of(const struct family *family, enum hz_op_kind *kinds)
{
	int n = 0, i, k;

	for (i = 0; family->kinds[i].weight; i++)
		for (k = 0; k < family->kinds[i].weight; k++)
			if (!hz_op_missing(family->kinds[i].kind))
				kinds[n++] = family->kinds[i].kind;
	return n;
}

static struct hz_finding *finding;	/* shared with those who run scripts */

static void __attribute__((noreturn)) play(const struct hz_script *s)
{
	struct hz_machine m;
	int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGALRM, SIG_DFL);
	alarm(SECONDS);
	if (!hz_machine_begin(&m, finding))
		_exit(0);
	for (i = 0; i < s->n; i++)
		if (!hz_machine_step(&m, &s->op[i]))
			_exit(0);
	hz_machine_end(&m);
	_exit(0);
}

/* Runs it in a process of its own. Whether the ranges agreed. */
static bool run_script(const struct hz_script *s)
{
	int status = 0;
	pid_t pid;

	*finding = (struct hz_finding){ .kind = HZ_NOT_RUN };
	fflush(NULL);
	pid = fork();
	if (!pid)
		play(s);
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		snprintf(finding->text, sizeof(finding->text), "fork: %s\n",
			 strerror(errno));
		return false;
	}
	if (status && finding->kind == HZ_AGREED) {
		finding->kind = HZ_PROCESS_DIED;
		snprintf(finding->text, sizeof(finding->text),
			 "it ended with status 0x%x%s\n", status,
			 status == SIGALRM ? ": it hung" : "");
	}
	if (hz_kmsg_complaints() && finding->kind == HZ_AGREED) {
		finding->kind = HZ_KERNEL_COMPLAINED;
		snprintf(finding->text, sizeof(finding->text),
			 "see the kernel's log\n");
	}
	return finding->kind == HZ_AGREED;
}

/* What was found last is kept: it need not come again. */
static bool finds_the_same(const struct hz_script *s, void *arg)
{
	struct hz_finding *last = arg;

	if (run_script(s) || finding->kind != last->kind)
		return false;
	*last = *finding;
	return true;
}

static void print_lines(const char *text)
{
	size_t len;

	for (; *text; text += len + !!text[len]) {
		len = strcspn(text, "\n");
		printf("#   %.*s\n", (int)len, text);
	}
}

static void print_finding(const struct hz_script *s,
			  const struct hz_finding *what)
{
	char op[100] = "the end";

	if (what->step < s->n)
		hz_op_text(&s->op[what->step], op, sizeof(op));
	printf("# %s at step %d, %s:\n", hz_finding_name(what->kind),
	       what->step + 1, op);
	print_lines(what->text);
}

/* Makes it short and tells of it. */
static void report(const struct hz_script *found, uint64_t seed)
{
	struct hz_finding last = *finding;
	struct hz_script s = *found;
	char text[4096];
	int again = 0, i;

	printf("# seed %llu: %s\n", (unsigned long long)seed,
	       hz_script_text(&s, text, sizeof(text)));
	print_finding(&s, &last);
	for (i = 0; i < 3; i++)
		again += finds_the_same(&s, &last);
	printf("# again in %d of 3 more runs\n", again);
	if (!again)
		return;
	i = hz_script_shrink(&s, finds_the_same, &last, SHRINK_RUNS);
	printf("# after %d runs the shortest is\n", i);
	printf("#   --script '%s'\n", hz_script_text(&s, text, sizeof(text)));
	print_finding(&s, &last);
}

struct tally {
	long scripts, found, not_run;
};

/* Scripts for seeds from @seed; tells of the first @most that disagree. */
static void explore(const struct family *family, uint64_t seed, long scripts,
		    int ops, long most, struct tally *tally)
{
	enum hz_op_kind kinds[MAX_KINDS];
	struct hz_draw draw = {
		.kinds = kinds, .nr = kinds_of(family, kinds), .ops = ops,
	};
	struct hz_script s;

	for (; scripts-- && tally->found < most; seed++) {
		hz_script_draw(&s, &draw, seed, hz_pmd_pages(), hz_page_size());
		tally->scripts++;
		if (run_script(&s))
			continue;
		if (finding->kind == HZ_NOT_RUN) {
			tally->not_run++;
			continue;
		}
		tally->found++;
		report(&s, seed);
	}
}

/* Huge pages that take long to clear get fewer scripts, emulated machines, too. */
static long fewer(long scripts)
{
	long n = scripts * (2l << 20) / (long)hz_pmd_size();

	if (getenv("KSFT_MACHINE_SLOW"))
		n /= 3;
	return n > scripts ? scripts : n < 3 ? 3 : n;
}

FIXTURE(script)
{
	struct tally tally;
};

FIXTURE_VARIANT(script)
{
	const char *family;
};

FIXTURE_VARIANT_ADD(script, contents) { .family = "contents" };
FIXTURE_VARIANT_ADD(script, protection) { .family = "protection" };
FIXTURE_VARIANT_ADD(script, fork) { .family = "fork" };
FIXTURE_VARIANT_ADD(script, place) { .family = "place" };
FIXTURE_VARIANT_ADD(script, reclaim) { .family = "reclaim" };
FIXTURE_VARIANT_ADD(script, tracking) { .family = "tracking" };
FIXTURE_VARIANT_ADD(script, dirty) { .family = "dirty" };
FIXTURE_VARIANT_ADD(script, pins) { .family = "pins" };
FIXTURE_VARIANT_ADD(script, everything) { .family = "everything" };

FIXTURE_SETUP(script)
{
	hz_test_begin();
}

FIXTURE_TEARDOWN(script)
{
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(script, ends_alike_in_all_ranges)
{
	const struct family *family = find_family(variant->family);

	NEED_MEMORY(8 * hz_pmd_size());
	if (hz_op_missing(family->kinds[0].kind))
		HZ_SKIP("needs %s", hz_op_missing(family->kinds[0].kind));
	explore(family, 1, fewer(family->scripts), family->ops, 1,
		&self->tally);
	EXPECT_NUMBER("scripts in which the ranges differ", self->tally.found,
		      0);
	EXPECT_NUMBER("scripts that could not be run", self->tally.not_run, 0);
}

/* Scripts that are known to tell the ranges apart: none is drawn. */
FIXTURE(known)
{
	struct hz_script script;
};

FIXTURE_VARIANT(known)
{
	const char *script, *headline;
	enum hz_op_kind needs;
	enum hz_finding_kind kind;	/* of finding, where it is not fixed */
};

FIXTURE_VARIANT_ADD(known, pin_of_write_protected) {
	.script = "register:0,1,0,1 protect:0,0 pin:0,1,0,0 store",
	.headline = "a read-only long-term pin of the huge zero page ends its write tracking",
	.needs = HZ_OP_PIN,
	.kind = HZ_OUTCOMES_DIFFER,
};

FIXTURE_SETUP(known)
{
	hz_test_begin();
}

FIXTURE_TEARDOWN(known)
{
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

TEST_F(known, ends_alike_in_all_ranges)
{
	const enum hz_op_kind needs = variant->needs;
	char wrong[100];

	if (hz_op_missing(needs))
		HZ_SKIP("needs %s", hz_op_missing(needs));
	REQUIRE_OK(hz_script_parse(&self->script, variant->script, wrong,
				   sizeof(wrong)));
	hz_act_allow_known_bugs();
	if (!run_script(&self->script))
		print_finding(&self->script, finding);
	EXPECT_NUMBER_OR_KNOWN("what was found", finding->kind, HZ_AGREED,
			       variant->kind, variant->headline);
}

/* The search itself, with a mistake that was put there to be found. */
FIXTURE(search)
{
	struct hz_script script;
};

FIXTURE_SETUP(search)
{
	hz_test_begin();
}

FIXTURE_TEARDOWN(search)
{
	EXPECT_QUIET_KERNEL();
	hz_test_end(_metadata->name);
}

static const char long_script[] =
	"load:5 sweep:3,4 ro:5 fork cold rw:5 child/load store:9,1,3,7 reap load:2";

TEST_F(search, tells_a_lost_store_in_one_operation)
{
	struct hz_script *s = &self->script;
	struct hz_finding last;
	char wrong[100];

	REQUIRE_OK(hz_script_parse(s, long_script, wrong, sizeof(wrong)));
	hz_ops_sabotage(HZ_OP_STORE);
	EXPECT_NUMBER("whether nothing was found", run_script(s), false);
	last = *finding;
	EXPECT_NUMBER("kind of finding", last.kind, HZ_WRONG_CONTENTS);
	hz_script_shrink(s, finds_the_same, &last, SHRINK_RUNS);
	EXPECT_NUMBER("operations in the shortest script", s->n, 1);
	EXPECT_NUMBER("the operation", s->op[0].kind, HZ_OP_STORE);
	hz_ops_sabotage(HZ_OP_NR);
}

TEST_F(search, reads_the_text_that_it_writes)
{
	const struct family *family = find_family("everything");
	enum hz_op_kind kinds[MAX_KINDS];
	struct hz_draw draw = {
		.kinds = kinds, .nr = kinds_of(family, kinds),
		.ops = HZ_SCRIPT_MAX,
	};
	char text[4096], again[4096];
	struct hz_script *s = &self->script;
	char wrong[100];

	hz_script_draw(s, &draw, 1, hz_pmd_pages(), hz_page_size());
	hz_script_text(s, text, sizeof(text));
	REQUIRE_OK(hz_script_parse(s, text, wrong, sizeof(wrong)));
	EXPECT_NUMBER("operations", s->n, HZ_SCRIPT_MAX);
	hz_script_text(s, again, sizeof(again));
	EXPECT_NUMBER("difference of the texts", strcmp(text, again), 0);
}

static struct {
	bool any;		/* of these were given */
	uint64_t seed;
	long scripts;
	int ops;
	const struct family *family;
	struct hz_script script;
	bool one;		/* @script */
} options = { .seed = 1, .scripts = 1000, .ops = 16 };

static void __attribute__((noreturn)) usage(const char *wrong)
{
	size_t i;

	if (wrong)
		fprintf(stderr, "hugezero_wp_fuzz: %s\n", wrong);
	fprintf(stderr,
		"usage: hugezero_wp_fuzz [--seed N|random] [--scripts M] [--ops K] [--family NAME]\n"
		"       hugezero_wp_fuzz --script TEXT\n"
		"families:");
	for (i = 0; i < ARRAY_SIZE(families); i++)
		fprintf(stderr, " %s", families[i].name);
	fprintf(stderr, "\n");
	exit(KSFT_FAIL);
}

static long number(const char *text, long least, long most)
{
	char *end;
	long n = strtol(text, &end, 0);

	if (end == text || *end || n < least || n > most)
		usage(text);
	return n;
}

static uint64_t seed_of(const char *text)
{
	uint64_t seed = 0;
	char *end;

	if (!strcmp(text, "random")) {
		if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) < 0)
			seed = time(NULL);
		return seed;
	}
	seed = strtoull(text, &end, 0);
	if (end == text || *end)
		usage(text);
	return seed;
}

static void take_option(const char *name, const char *value)
{
	char wrong[100];

	options.any = true;
	if (!value)
		usage(name);
	if (!strcmp(name, "--seed")) {
		options.seed = seed_of(value);
	} else if (!strcmp(name, "--scripts")) {
		options.scripts = number(value, 1, 1000000000);
	} else if (!strcmp(name, "--ops")) {
		options.ops = number(value, 1, HZ_SCRIPT_MAX);
	} else if (!strcmp(name, "--family")) {
		options.family = find_family(value);
		if (!options.family)
			usage(value);
	} else if (!strcmp(name, "--script")) {
		options.one = true;
		if (hz_script_parse(&options.script, value, wrong,
				    sizeof(wrong)))
			usage(wrong);
	} else {
		usage(name);
	}
}

static void take_options(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i += 2)
		if (options.any || !strncmp(argv[i], "--", 2))
			take_option(argv[i], i + 1 < argc ? argv[i + 1] : NULL);
}

static int run_one(void)
{
	hz_act_allow_known_bugs();
	if (run_script(&options.script))
		printf("# %s\n", hz_finding_name(HZ_AGREED));
	else
		print_finding(&options.script, finding);
	return finding->kind == HZ_AGREED ? KSFT_PASS : KSFT_FAIL;
}

/* Not as a test: as a search. */
static int run_options(void)
{
	const struct family *family = options.family;
	struct tally tally = { 0 };
	int status = 0;
	long from;

	hz_test_begin();
	from = hz_now();
	if (options.one)
		status = run_one();
	else
		explore(family ? family : find_family("everything"),
			options.seed, options.scripts, options.ops, 5, &tally);
	if (!options.one)
		printf("# %ld scripts from seed %llu in %ld s: %ld disagree, %ld not run\n",
		       tally.scripts, (unsigned long long)options.seed,
		       (hz_now() - from) / 1000000, tally.found, tally.not_run);
	hz_test_end("fuzz");
	return tally.found ? KSFT_FAIL : status;
}

int main(int argc, char **argv)
{
	take_options(argc, argv);
	hz_program_begin(options.any ? 1 : argc, argv, HZ_TAKES_ARGUMENTS);
	finding = mmap(NULL, sizeof(*finding), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (finding == MAP_FAILED)
		return KSFT_FAIL;
	hz_ops_probe();
	return options.any ? run_options() : test_harness_run(argc, argv);
}
