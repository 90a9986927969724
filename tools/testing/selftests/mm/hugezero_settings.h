/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only writer of global knobs. What a run changes is put back however the
 * run ends, SIGKILL included: a guardian process holds the old values and acts
 * when the process that it guards is gone. A lock keeps two runs apart.
 */
#ifndef HUGEZERO_SETTINGS_H
#define HUGEZERO_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define HZ_THP_DIR "/sys/kernel/mm/transparent_hugepage/"
#define HZ_FAIL_DIR "/sys/kernel/debug/fail_page_alloc/"
#define HZ_FAIL_SLAB_DIR "/sys/kernel/debug/failslab/"

/* The longest value that is put back, a core_pattern, and its end. */
#define HZ_KNOB_SIZE 128

/*
 * Takes the lock, saves every knob, starts the guardian, and sets THP up as
 * the claims want it: available on MADV_HUGEPAGE, the huge zero folio in use,
 * khugepaged, the underused-THP shrinker, KSM, NUMA balancing and the modules
 * of DAMON at rest.
 *
 * Returns true when the knobs are as wanted. Otherwise @why names the knob,
 * what it says and why that cannot be changed. Waits for a run that holds the
 * lock, two minutes at most. Writing needs root; knobs that already suit need
 * nothing.
 */
bool hz_settings_begin(char *why, size_t size);

/*
 * The same in a forked child whose parent has the lock: a run of its own, with
 * a guardian of its own. For the test of this very thing.
 */
bool hz_settings_begin_nested(char *why, size_t size);
/* Who guards this run. */
pid_t hz_settings_guardian(void);

/*
 * The process that runs a test now, or 0: should the run be killed, it must not
 * go on to set what was put back.
 */
void hz_settings_guard_test(pid_t pid);

/*
 * Has every knob say again what it said when the run began to test: a test that
 * died may have left it otherwise. A knob that cannot is told in the output.
 */
void hz_settings_mend(void);

/* Puts every knob back and gives up the lock. Safe to call twice. */
void hz_settings_end(void);

/*
 * Sets one of the saved knobs, named as below HZ_THP_DIR or from /, to @value
 * until the run ends. Returns 0 or -errno; -EINVAL for a knob nobody saved.
 */
int hz_knob_set(const char *knob, const char *value);
/* Its value now; of a choice the one in brackets. Returns 0 or -errno. */
int hz_knob_get(const char *knob, char *value, size_t size);

/* What it said before the run. Returns 0 or -errno. */
int hz_knob_saved(const char *knob, char *value, size_t size);
/*
 * Has the shrinkers free what they can, of the whole machine: nothing to put
 * back, but others may have to read again what they had cached. 0 or -errno.
 */
int hz_drop_slab(void);

/*
 * The guardian also removes what begins with this run's name below this
 * directory, once it is empty: memory cgroups of tests that were killed.
 */
void hz_settings_sweep(const char *dir);
/*
 * The guardian empties and removes this directory when the run ends; "": there
 * is none any more.
 */
void hz_settings_litter(const char *dir);
/*
 * Hands the memory controller to the children of a v2 cgroup, whose
 * cgroup.subtree_control @control is, until the run ends. Returns 0 or -errno.
 */
int hz_settings_cgroup(const char *control);
/* "hugezero-<pid of the main process>-" */
const char *hz_run_name(void);

#endif /* HUGEZERO_SETTINGS_H */
