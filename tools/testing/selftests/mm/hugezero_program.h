/* SPDX-License-Identifier: GPL-2.0 */
/* How a program and each of its tests begin and end. */
#ifndef HUGEZERO_PROGRAM_H
#define HUGEZERO_PROGRAM_H

#include <stdbool.h>

/* Every fixture's setup and teardown begin and end with these. */
void hz_test_begin(void);
void hz_test_end(const char *test);

/*
 * Before the harness takes over: settings, needs, the watch on the kernel log;
 * exits with a skip of the whole program where nothing can be tested. With
 * @takes_arguments false it refuses any: the harness of 6.1 would ignore them.
 */
void hz_program_begin(int argc, char **argv, bool takes_arguments);

#endif /* HUGEZERO_PROGRAM_H */
