/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HUGEZERO_KHUGEPAGED_H
#define HUGEZERO_KHUGEPAGED_H

#include <stdbool.h>

/*
 * A write to scan_sleep_millisecs or alloc_sleep_millisecs, or one to the switch
 * of THP that starts it, has khugepaged go over its list at once, whatever it
 * sleeps for afterwards. At nice 19 it may get to that when a test is under
 * way, and collapses what it meets there: this waits until it sleeps, five
 * seconds at most. False when it does not; true in
 * a PID namespace, too, where it cannot be seen.
 */
bool hz_khugepaged_rest(void);

#endif /* HUGEZERO_KHUGEPAGED_H */
