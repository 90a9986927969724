/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Long-term pins, as a device or a guest holds them: the kernel's own test
 * device (CONFIG_GUP_TEST) takes one and copies what the pinned pages hold.
 */
#ifndef HUGEZERO_PIN_H
#define HUGEZERO_PIN_H

#include <stddef.h>

#define HZ_PIN_FILE	"/sys/kernel/debug/gup_test"

enum hz_pin_how {
	HZ_PIN_TO_READ = 0,
	HZ_PIN_TO_WRITE = 1,
	HZ_PIN_FAST = 2,	/* tried without the lock of the memory map */
};

struct hz_pin {
	int fd;
};

/* Pins [addr, addr + len); @how: of these, or-ed. Returns 0 or -errno. */
int hz_pin(struct hz_pin *pin, void *addr, size_t len, int how);
/* Copies what the pinned pages hold to @to, @len bytes. Returns 0 or -errno. */
int hz_pin_read(struct hz_pin *pin, void *to);
void hz_unpin(struct hz_pin *pin);

#endif /* HUGEZERO_PIN_H */
