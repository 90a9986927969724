// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "hugezero_need.h"
#include "hugezero_pin.h"

/* mm/gup_test.h */
struct hz_pin_longterm {
	uint64_t addr, size;
	uint32_t flags;
};

#define PIN_START	_IOW('g', 7, struct hz_pin_longterm)
#define PIN_STOP	_IO('g', 8)
#define PIN_READ	_IOW('g', 9, uint64_t)

int hz_pin(struct hz_pin *pin, void *addr, size_t len, int how)
{
	struct hz_pin_longterm args = {
		.addr = (uintptr_t)addr, .size = len, .flags = how,
	};
	int err = 0;

	pin->fd = hz_open_debugfs(HZ_PIN_FILE, O_RDWR);
	if (pin->fd < 0)
		return pin->fd;
	if (ioctl(pin->fd, PIN_START, &args)) {
		err = -errno;
		close(pin->fd);
		pin->fd = -1;
	}
	return err;
}

int hz_pin_read(struct hz_pin *pin, void *to)
{
	uint64_t addr = (uintptr_t)to;

	return ioctl(pin->fd, PIN_READ, &addr) ? -errno : 0;
}

void hz_unpin(struct hz_pin *pin)
{
	if (pin->fd < 0)
		return;
	ioctl(pin->fd, PIN_STOP);
	close(pin->fd);
	pin->fd = -1;
}
