/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel complains of while a program runs: lines of /dev/kmsg and
 * the taint flags. A miscounted RSS or a leaked page table shows here when
 * the process exits.
 */
#ifndef HUGEZERO_KMSG_H
#define HUGEZERO_KMSG_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Watches from here on. Reading /dev/kmsg may need CAP_SYSLOG
 * (kernel.dmesg_restrict); the taint flags are watched in any case.
 */
void hz_kmsg_begin(void);
bool hz_kmsg_readable(void);

/*
 * A line with @words is what a known kernel bug says, and no complaint of this
 * test's: it is printed as "# hugezero: known ...". The other tells how many
 * there were since.
 */
void hz_kmsg_forgive(const char *words);
int hz_kmsg_forgiven(void);

/*
 * Reads what came since the last call of any process of this run; prints
 * each complaint that this run may have caused as "# hugezero: kmsg ...".
 * Returns their number.
 */
int hz_kmsg_complaints(void);

/*
 * One line of a complaint, or of what belongs to one? @text: without prefix.
 * Remembers whether the block of lines names a process, so it takes the lines
 * in their order. For the watch and its test.
 */
bool hz_kmsg_is_complaint(const char *text);

#endif /* HUGEZERO_KMSG_H */
