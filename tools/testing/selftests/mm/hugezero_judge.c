// SPDX-License-Identifier: GPL-2.0
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hugezero_judge.h"
#include "hugezero_kmsg.h"
#include "hugezero_need.h"
#include "hugezero_region.h"

/*
 * Windows for a counter of the whole machine: 64 MiB to write in all. Five
 * that moved as they should show enough: nobody can make a counter move less.
 */
#define MAX_WINDOWS	16
#define ENOUGH_WINDOWS	5
#define WINDOW_BYTES	(64ul << 20)

/* How often a huge page is asked for before its want excuses nothing. */
#define EXCUSE_TRIES	3

static char why[300];
static bool failed, settled;
static bool in_shortage;

const char *hz_why(void)
{
	return why;
}

bool hz_failed(void)
{
	return failed;
}

void hz_judge_anew(void)
{
	failed = false;
	in_shortage = false;
}

void hz_judge_in_shortage(void)
{
	in_shortage = true;
}

static enum hz_verdict fails(void)
{
	failed = true;
	fflush(stdout);
	return HZ_IT_FAILS;
}

void hz_watch_on(struct hz_watch *w, const void *range, const char *fmt, ...)
{
	va_list args;

	w->range = range;
	va_start(args, fmt);
	vsnprintf(w->what, sizeof(w->what), fmt, args);
	va_end(args);
}

void hz_watch_begin(struct hz_watch *w)
{
	if (!settled)
		hz_settle();
	settled = true;
	/* Both once before they count: what they touch is then present. */
	hz_count(&w->after, true);
	hz_count(&w->before, false);
}

void hz_watch_end(struct hz_watch *w)
{
	hz_count(&w->after, true);
}

static void report_head(const struct hz_where *at, const char *what)
{
	const char *file = strrchr(at->file, '/');

	printf("# %s:%d %s: %s\n", file ? file + 1 : at->file, at->line,
	       at->test, what);
}

static void report_change(const struct hz_watch *w)
{
	const struct hz_counters *a = &w->before, *b = &w->after;

	printf("#   change faults %+ld  RssAnon %+ld kB  VmPTE %+ld kB",
	       b->faults - a->faults, (b->rss_anon - a->rss_anon) / 1024,
	       (b->page_tables - a->page_tables) / 1024);
	printf("  thp_fault_alloc %+ld  thp_split_pmd %+ld  thp_fault_fallback %+ld\n",
	       b->thp_fault_alloc - a->thp_fault_alloc,
	       b->thp_split_pmd - a->thp_split_pmd,
	       b->thp_fault_fallback - a->thp_fault_fallback);
}

/* What a kernel developer would conclude, where the numbers allow it. */
static void report_conclusion(const struct hz_watch *w, const struct hz_view *v,
			      enum hz_state want)
{
	const struct hz_counters *a = &w->before, *b = &w->after;
	long fallback = b->thp_fault_fallback - a->thp_fault_fallback;
	bool installed = b->rss_anon - a->rss_anon >= (long)hz_pmd_size() / 2 &&
			 b->thp_fault_alloc > a->thp_fault_alloc;

	if (want != HZ_ANON_THP)
		return;
	if (v->state == HZ_PAGE_TABLE && v->anon && v->zero && !fallback) {
		printf("#   => split although no allocation failed: ");
		printf("what kernels before 6.13 do\n");
		printf("#      (missing or broken: \"%s\")\n",
		       "mm: allocate THP on hugezeropage wp-fault");
	} else if (v->state == HZ_PAGE_TABLE && fallback) {
		printf("#   => split after a failed allocation, ");
		printf("though a huge page is to be had\n");
	} else if (v->state == HZ_PAGE_TABLE && installed && !v->zero) {
		printf("#   => a huge page was installed, then its PMD was split\n");
	} else if (v->state == HZ_HUGE_ZERO) {
		printf("#   => the write left the huge zero page mapped\n");
	}
}

static bool fell_back(const struct hz_watch *w)
{
	return w && w->after.thp_fault_fallback > w->before.thp_fault_fallback;
}

static bool no_huge_page(const char *words)
{
	snprintf(why, sizeof(why), "no huge page to be had: %s", words);
	return true;
}

/*
 * Only a huge page that nobody could have got excuses one that is missing:
 * either the control gets none, or an allocation failed just then, next to no
 * free block of that size is left, and what failed works now. Some tries: while
 * blocks are few, others may take the last one in between. The huge zero folio
 * is allocated, too, by whoever is the first to read.
 */
static bool excused(const struct hz_watch *w, enum hz_state want)
{
	bool bad_luck = fell_back(w) || want == HZ_HUGE_ZERO;
	enum hz_control control;
	char words[200];
	int i;

	if ((want != HZ_ANON_THP && want != HZ_HUGE_ZERO) || in_shortage)
		return false;
	for (i = 0; i < EXCUSE_TRIES; i++) {
		control = hz_control(words, sizeof(words));
		if (control == HZ_CONTROL_NO_MEMORY)
			return no_huge_page(words);
		if (control == HZ_CONTROL_REFUSED) {
			printf("# control: %s\n", words);
			return false;
		}
		if (!bad_luck || !hz_huge_pages_are_few())
			return false;
		if (hz_next_range_is(want))
			return no_huge_page("next to none is free, later ranges got theirs");
	}
	return false;
}

static enum hz_verdict judge_view(const struct hz_where *at,
				  const struct hz_watch *w, const char *whose,
				  const struct hz_view *v, enum hz_state want)
{
	char words[300];

	if (v->state == want && !v->conflict[0])
		return HZ_IT_HOLDS;
	if (v->state != want && excused(w, want))
		return HZ_NO_HUGE_PAGE;
	report_head(at, whose);
	printf("#   want  %s\n", hz_state_name(want));
	printf("#   got   %s\n", hz_view_words(v, words, sizeof(words)));
	if (v->conflict[0])
		printf("#   the kernel contradicts itself: %s\n", v->conflict);
	if (w) {
		report_change(w);
		report_conclusion(w, v, want);
	}
	return fails();
}

enum hz_verdict hz_expect_state(const struct hz_where *at,
				const struct hz_watch *w, const void *range,
				enum hz_state want)
{
	struct hz_view v;

	hz_look(range, &v);
	return judge_view(at, w,
			  w ? w->what : "a range is not as it has to be", &v,
			  want);
}

static enum hz_verdict child_died(const struct hz_where *at)
{
	report_head(at, "the child died of what it was told to do");
	return fails();
}

enum hz_verdict hz_expect_child_state(const struct hz_where *at,
				      struct hz_child *c, char *range,
				      enum hz_state want)
{
	const struct hz_order order = { .at = range };
	struct hz_told told;

	if (hz_child_do(c, hz_deed_look, &order, &told))
		return child_died(at);
	return judge_view(at, NULL, "a range in the child", &told.view, want);
}

enum hz_verdict hz_expect_pages(const struct hz_where *at,
				const struct hz_watch *w, const void *range,
				size_t anon, ssize_t first)
{
	struct hz_view v;
	char words[300];

	hz_look(range, &v);
	if (v.state == HZ_PAGE_TABLE && v.anon == anon &&
	    v.zero == v.pages - anon && v.first_anon == first && !v.conflict[0])
		return HZ_IT_HOLDS;
	report_head(at, w ? w->what : "the pages of a split range");
	printf("#   want  page table: %zu anonymous pages (from number %zd), %zu zero pages\n",
	       anon, first, hz_pmd_pages() - anon);
	printf("#   got   %s\n", hz_view_words(&v, words, sizeof(words)));
	if (v.conflict[0])
		printf("#   the kernel contradicts itself: %s\n", v.conflict);
	if (w)
		report_change(w);
	return fails();
}

static enum hz_verdict expect_change(const struct hz_where *at,
				     const struct hz_watch *w, const char *name,
				     long got, long want, long slack)
{
	struct hz_view v;
	char words[300];

	if (labs(got - want) <= slack)
		return HZ_IT_HOLDS;
	/* A split for want of memory moves everything else as well. */
	if (fell_back(w) && excused(w, HZ_ANON_THP))
		return HZ_NO_HUGE_PAGE;
	hz_look(w->range, &v);
	report_head(at, w->what);
	printf("#   want  %s %+ld", name, want);
	if (slack)
		printf(" (within %ld)", slack);
	printf("\n#   got   %s %+ld, range: %s\n", name, got,
	       hz_view_words(&v, words, sizeof(words)));
	report_change(w);
	return fails();
}

enum hz_verdict hz_expect_faults(const struct hz_where *at,
				 const struct hz_watch *w, long want)
{
	return expect_change(at, w, "faults", w->after.faults -
			     w->before.faults, want, 0);
}

enum hz_verdict hz_expect_rss(const struct hz_where *at,
			      const struct hz_watch *w, long want)
{
	return expect_change(at, w, "RssAnon bytes", w->after.rss_anon -
			     w->before.rss_anon, want, hz_rss_slack());
}

enum hz_verdict hz_expect_page_tables(const struct hz_where *at,
				      const struct hz_watch *w, long want)
{
	return expect_change(at, w, "VmPTE bytes", w->after.page_tables -
			     w->before.page_tables, want, 0);
}

enum hz_verdict hz_expect_number(const struct hz_where *at, const char *what,
				 long got, long want, long slack)
{
	if (labs(got - want) <= slack)
		return HZ_IT_HOLDS;
	report_head(at, what);
	printf("#   want  %ld", want);
	if (slack)
		printf(" (within %ld)", slack);
	printf("\n#   got   %ld\n", got);
	return fails();
}

static enum hz_verdict wrong_byte(const struct hz_where *at, const char *whose,
				  size_t from, size_t n, char value,
				  size_t wrong, char found)
{
	report_head(at, whose);
	if (n)
		printf("#   want  0x%02x in %zu bytes at +0x%zx, 0 elsewhere\n",
		       (unsigned char)value, n, from);
	else
		printf("#   want  0 everywhere\n");
	printf("#   got   0x%02x at +0x%zx, page %zu\n", (unsigned char)found,
	       wrong, wrong / hz_page_size());
	return fails();
}

enum hz_verdict hz_expect_bytes(const struct hz_where *at, const char *addr,
				size_t len, size_t from, size_t n, char value)
{
	ssize_t wrong = hz_first_wrong(addr, len, from, n, value);

	if (wrong < 0)
		return HZ_IT_HOLDS;
	return wrong_byte(at, "contents of the range", from, n, value, wrong,
			  addr[wrong]);
}

enum hz_verdict hz_expect_child_bytes(const struct hz_where *at,
				      struct hz_child *c, char *addr,
				      size_t len, size_t from, size_t n,
				      char value)
{
	const struct hz_order order = {
		.at = addr, .arg = { len, from, n, value },
	};
	struct hz_told told;

	if (hz_child_do(c, hz_deed_compare, &order, &told))
		return child_died(at);
	if (told.result < 0)
		return HZ_IT_HOLDS;
	return wrong_byte(at, "contents of the range in the child", from, n,
			  value, told.result, told.found);
}

enum hz_verdict hz_expect_flags(const struct hz_where *at, const void *range,
				uint64_t set, uint64_t clear)
{
	char has[300], wants[300], wrong[300];
	struct hz_folio f;

	if (hz_look_folio(range, &f)) {
		report_head(at, "/proc/self/pagemap cannot be read");
		return fails();
	}
	if (!(set & ~f.flags_all) && !(clear & f.flags_any))
		return HZ_IT_HOLDS;
	report_head(at, "kpageflags of the pages of the range");
	printf("#   want  all of %s, none of %s\n",
	       hz_kpf_names(set, wants, sizeof(wants)),
	       hz_kpf_names(clear, wrong, sizeof(wrong)));
	printf("#   got   on all pages %s",
	       hz_kpf_names(f.flags_all, has, sizeof(has)));
	printf("; on some %s\n",
	       hz_kpf_names(f.flags_any & ~f.flags_all, has, sizeof(has)));
	return fails();
}

enum hz_verdict hz_expect_quiet(const struct hz_where *at)
{
	if (!hz_kmsg_complaints())
		return HZ_IT_HOLDS;
	report_head(at, "the kernel complained, see the lines above");
	return fails();
}

static int windows(void)
{
	size_t n = WINDOW_BYTES / hz_pmd_size();

	return n > MAX_WINDOWS ? MAX_WINDOWS : n < 3 ? 3 : n;
}

/*
 * Windows in which we do what moves no counter, between those in which we do
 * and just as long: noise that comes and goes is met by both kinds.
 */
struct rest {
	int windows, restless;
};

/* Works as a fault does, and takes no memory, for there may be none. */
static void rest_once(struct rest *rest, const struct hz_global *g, long took)
{
	long before = g->read(g->name), until = hz_now() + took;
	char page[4096];

	do {
		memset(page, 1, sizeof(page));
		__asm__ volatile("" : : "r" (page) : "memory");
	} while (hz_now() < until);
	rest->restless += g->read(g->name) != before;
	rest->windows++;
}

enum hz_verdict hz_expect_global(const struct hz_where *at,
				 const struct hz_global *g)
{
	long before, began, moved, least = LONG_MAX;
	struct rest rest = { .windows = 0 };
	int i, as_wanted = 0;
	char what[120];

	for (i = 0; i < windows() && as_wanted < ENOUGH_WINDOWS; i++) {
		if (g->prepare)
			g->prepare(g->arg);
		began = hz_now();
		before = g->read(g->name);
		g->act(g->arg);
		moved = g->read(g->name) - before;
		rest_once(&rest, g, hz_now() - began);
		least = moved < least ? moved : least;
		as_wanted += moved == g->by;
	}
	if (least == g->by)
		return HZ_IT_HOLDS;
	if (least > g->by && rest.restless > rest.windows / 4) {
		snprintf(why, sizeof(why),
			 "others on this machine move %s all the time",
			 g->name);
		return failed ? HZ_IT_HOLDS : HZ_NO_HUGE_PAGE;
	}
	if (excused(NULL, HZ_ANON_THP))
		return HZ_NO_HUGE_PAGE;
	snprintf(what, sizeof(what), "%s, the least change in %d writes",
		 g->name, i);
	report_head(at, what);
	printf("#   want  %+ld\n#   got   %+ld\n", g->by, least);
	return fails();
}
