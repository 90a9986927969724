/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page faults of a thread, and which of them are a test's. The kernel may
 * move a page of the process itself at any moment (compaction, reclaim): the
 * next use of it is a fault as well, and getrusage() counts them all.
 */
#ifndef HUGEZERO_FAULTS_H
#define HUGEZERO_FAULTS_H

#include <stdbool.h>

/* Page faults, minor and major, that this thread took (getrusage). */
long hz_faults(void);
/* The major ones among them. */
long hz_major_faults(void);
/*
 * hz_faults() without those on what the process itself runs in, as hz_is_own()
 * knows it. To tell them apart takes a perf event; without CONFIG_PERF_EVENTS
 * or the privilege it is all of them.
 */
long hz_faults_of_test(void);
/* Whether this thread can tell them apart. */
bool hz_faults_are_told_apart(void);

#endif /* HUGEZERO_FAULTS_H */
