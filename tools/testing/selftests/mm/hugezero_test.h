/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The words that a test body is made of. A program includes this, tells its
 * claims, and ends with HZ_MAIN.
 *
 * One source for the kselftest harness of 6.1 to 7.3: in 6.1 a SKIP in
 * FIXTURE_SETUP does not stop the body, so NEED() belongs in the body; a
 * failed check never becomes a skip.
 */
#ifndef HUGEZERO_TEST_H
#define HUGEZERO_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/uio.h>

#include "../kselftest_harness.h"

/* A machine may be busy with more than us; nothing here waits for long. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 120

#include "hugezero_child.h"
#include "hugezero_counters.h"
#include "hugezero_faults.h"
#include "hugezero_judge.h"
#include "hugezero_kmsg.h"
#include "hugezero_memcg.h"
#include "hugezero_need.h"
#include "hugezero_observe.h"
#include "hugezero_pin.h"
#include "hugezero_program.h"
#include "hugezero_region.h"
#include "hugezero_settings.h"
#include "hugezero_shortage.h"
#include "hugezero_uffd.h"

/* What a TEST_F() has as its own; there is none in a TEST() or a helper. */
static const void * const variant __attribute__((unused));

/* "fixture.variant.test", as the harness prints it. */
static inline const char *hz_test_name(const struct __test_metadata *t,
				       const void *data)
{
	const struct __fixture_variant_metadata *v;
	static char name[200];

	for (v = t->fixture->variant; v && v->data != data; v = v->next)
		;
	snprintf(name, sizeof(name), "%s%s%s.%s", t->fixture->name,
		 v && v->name[0] ? "." : "", v ? v->name : "", t->name);
	return name;
}

#define HZ_HERE (&(const struct hz_where){ .file = __FILE__, \
	.test = hz_test_name(_metadata, variant), .line = __LINE__ })

#define HZ_SKIP(fmt, ...) do { \
	if (hz_failed()) \
		return; \
	SKIP(return, fmt, ##__VA_ARGS__); \
} while (0)

/* The report was printed; this marks the test and goes on. */
#define HZ_JUDGE(verdict) do { \
	const enum hz_verdict hz_v = (verdict); \
	const bool as_claimed = hz_v != HZ_IT_FAILS; \
	if (hz_v == HZ_NO_HUGE_PAGE) \
		HZ_SKIP("%s", hz_why()); \
	EXPECT_TRUE(as_claimed); \
} while (0)

/*
 * The kernel is known to be wrong here, as doc/known-issues.md tells under
 * that headline. Where it is right the test passes like any other. The harness
 * knows of an expected failure since 6.9.
 */
#ifdef XFAIL_ADD
#define HZ_KNOWN_ISSUE(headline) do { \
	if (hz_failed()) \
		return; \
	snprintf(_metadata->results->reason, \
		 sizeof(_metadata->results->reason), \
		 "known kernel bug: %s", headline); \
	_metadata->exit_code = KSFT_XFAIL; \
	return; \
} while (0)
#else
#define HZ_KNOWN_ISSUE(headline) HZ_SKIP("known kernel bug: %s", headline)
#endif

/* A number that a known bug makes @wrong; any other than @want is a failure. */
#define EXPECT_NUMBER_OR_KNOWN(what, got, want, wrong, headline) do { \
	const long hz_got = (got); \
	if (hz_got != (long)(want) && hz_got == (long)(wrong)) \
		HZ_KNOWN_ISSUE(headline); \
	EXPECT_NUMBER(what, hz_got, want); \
} while (0)

#define NEED(need) do { \
	if (hz_missing(need)) \
		HZ_SKIP("needs %s", hz_missing(need)); \
} while (0)

#define NEED_MEMORY(bytes) do { \
	const char *hz_lack = hz_missing_memory(bytes); \
	if (hz_lack) \
		HZ_SKIP("needs %s", hz_lack); \
} while (0)

/* vm.overcommit_memory=2 and ulimit -v forbid large mappings. */
#define NEED_MAPPED(err) do { \
	if ((err) == -ENOMEM) \
		HZ_SKIP("needs address space for a large mapping: %s", \
			strerror(ENOMEM)); \
	REQUIRE_OK(err); \
} while (0)

/* At 2 the machine panics even if only a memory cgroup is full. */
#define NEED_NO_PANIC_ON_OOM() do { \
	char hz_panic[16] = "0"; \
	hz_knob_get("/proc/sys/vm/panic_on_oom", hz_panic, sizeof(hz_panic)); \
	if (atol(hz_panic) > 1) \
		HZ_SKIP("needs /proc/sys/vm/panic_on_oom below 2"); \
} while (0)

/* What one of hugezero_writer.h does; a SKIP where there is no such thing. */
#define WRITE_OR_SKIP_BY(write, at) do { \
	const int hz_err = (write)(at); \
	const char *hz_lack = hz_writer_lack(write, hz_err); \
	if (hz_lack) \
		HZ_SKIP("needs %s: %s", hz_lack, strerror(-hz_err)); \
	REQUIRE_OK(hz_err); \
} while (0)

#define NEED_CROSS_MEMORY() do { \
	if (process_vm_readv(getpid(), NULL, 0, NULL, 0, 0) && \
	    errno == ENOSYS) \
		HZ_SKIP("needs process_vm_readv(2) (CONFIG_CROSS_MEMORY_ATTACH)"); \
} while (0)

/* Otherwise no huge page, and one too many, would pass. */
#define NEED_RSS_BELOW_PMD() do { \
	if (hz_rss_slack() >= (long)hz_pmd_size()) \
		HZ_SKIP("needs a huge page larger than what RssAnon is off by: %ld kB", \
			hz_rss_slack() / 1024); \
} while (0)

#define NEED_MEMCG_BELOW_PMD() do { \
	if (hz_memcg_slack() >= (long)hz_pmd_size()) \
		HZ_SKIP("needs a huge page larger than what a memory cgroup is off by: %ld kB", \
			hz_memcg_slack() / 1024); \
} while (0)

/* Like EXPECT_STATE, of what the test itself rests on: it ends here. */
#define REQUIRE_STATE(range, want) do { \
	HZ_JUDGE(hz_expect_state(HZ_HERE, NULL, range, want)); \
	if (hz_failed()) \
		return; \
} while (0)

#define REQUIRE_OK(err) do { \
	HZ_JUDGE(hz_expect_number(HZ_HERE, #err, (err), 0, 0)); \
	if (hz_failed()) \
		return; \
} while (0)

#define WATCHED(w, action) do { \
	hz_watch_begin(w); \
	action; \
	hz_watch_end(w); \
} while (0)

#define EXPECT_STATE(range, want) \
	HZ_JUDGE(hz_expect_state(HZ_HERE, NULL, range, want))
#define EXPECT_STATE_AFTER(w, want) \
	HZ_JUDGE(hz_expect_state(HZ_HERE, w, (w)->range, want))
#define EXPECT_PAGES(range, anon, first) \
	HZ_JUDGE(hz_expect_pages(HZ_HERE, NULL, range, anon, first))
#define EXPECT_PAGES_AFTER(w, anon, first) \
	HZ_JUDGE(hz_expect_pages(HZ_HERE, w, (w)->range, anon, first))
#define EXPECT_FAULTS(w, want) HZ_JUDGE(hz_expect_faults(HZ_HERE, w, want))
#define EXPECT_RSS(w, want) do { \
	NEED_RSS_BELOW_PMD(); \
	HZ_JUDGE(hz_expect_rss(HZ_HERE, w, want)); \
} while (0)
#define EXPECT_PAGE_TABLES(w, want) \
	HZ_JUDGE(hz_expect_page_tables(HZ_HERE, w, want))
#define EXPECT_NUMBER(what, got, want) \
	HZ_JUDGE(hz_expect_number(HZ_HERE, what, got, want, 0))
#define EXPECT_ABOUT(what, got, want, slack) \
	HZ_JUDGE(hz_expect_number(HZ_HERE, what, got, want, slack))
#define EXPECT_ONLY_BYTES(range, len, from, n, value) \
	HZ_JUDGE(hz_expect_bytes(HZ_HERE, range, len, from, n, value))
#define EXPECT_ALL_ZERO(range) \
	HZ_JUDGE(hz_expect_bytes(HZ_HERE, range, hz_pmd_size(), 0, 0, 0))
#define EXPECT_CHILD_STATE(child, range, want) \
	HZ_JUDGE(hz_expect_child_state(HZ_HERE, child, range, want))
#define EXPECT_CHILD_BYTES(child, range, len, from, n, value) \
	HZ_JUDGE(hz_expect_child_bytes(HZ_HERE, child, range, len, from, n, \
				       value))
/* What came of it is in @told; the test ends here if the child died of it. */
#define CHILD_DOES(child, deed, told, ...) \
	REQUIRE_OK(hz_child_do(child, deed, \
			       &(struct hz_order){ __VA_ARGS__ }, told))
#define EXPECT_FLAGS(range, set, clear) \
	HZ_JUDGE(hz_expect_flags(HZ_HERE, range, set, clear))
#define EXPECT_GLOBAL(g) HZ_JUDGE(hz_expect_global(HZ_HERE, g))
#define EXPECT_QUIET_KERNEL() HZ_JUDGE(hz_expect_quiet(HZ_HERE))

#define HZ_BIT(kpf) (1ull << HZ_KPF_##kpf)

/* FIXTURE_TEARDOWN_PARENT came in 6.9, options of the command line in 6.5. */
#ifdef FIXTURE_TEARDOWN_PARENT
#define HZ_TAKES_ARGUMENTS true
#else
#define HZ_TAKES_ARGUMENTS false
#endif

#define HZ_MAIN \
int main(int argc, char **argv) \
{ \
	hz_program_begin(argc, argv, HZ_TAKES_ARGUMENTS); \
	return test_harness_run(argc, argv); \
}

#endif /* HUGEZERO_TEST_H */
