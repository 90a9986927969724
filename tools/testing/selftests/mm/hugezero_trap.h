/* SPDX-License-Identifier: GPL-2.0 */
/* Single accesses to memory that may be closed to them, from any thread. */
#ifndef HUGEZERO_TRAP_H
#define HUGEZERO_TRAP_H

/* One store of one byte. Returns 0, or the signal that it raised. */
int hz_try_store(char *addr, char value);
/* One load of one byte. Returns it as an unsigned char, or minus the signal. */
int hz_try_load(const char *addr);

#endif /* HUGEZERO_TRAP_H */
