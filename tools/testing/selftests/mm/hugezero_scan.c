// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "hugezero_region.h"
#include "hugezero_scan.h"

/* The pages of [addr, addr + len) that are of all of @categories. */
static int scan_for(uint64_t categories, const void *addr, size_t len, int how,
		    size_t max, struct hz_written *w)
{
	struct hz_page_region region = { 0 };
	struct hz_pm_scan_arg arg = {
		.size = sizeof(arg), .flags = how, .start = (uintptr_t)addr,
		.end = (uintptr_t)addr + len, .vec = (uintptr_t)&region,
		.vec_len = 1, .max_pages = max,
		.category_mask = categories, .return_mask = categories,
	};
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	int got;

	*w = (struct hz_written){ .first = -1 };
	if (fd < 0)
		return -errno;
	while ((got = ioctl(fd, HZ_PAGEMAP_SCAN, &arg)) > 0) {
		if (w->first < 0)
			w->first = (region.start - (uintptr_t)addr) /
				   hz_page_size();
		w->pages += (region.end - region.start) / hz_page_size();
		arg.start = arg.walk_end;
		if (max || arg.start >= arg.end)
			break;
	}
	got = got < 0 ? -errno : 0;
	close(fd);
	return got;
}

int hz_scan_written(const void *addr, size_t len, int how, size_t max,
		    struct hz_written *w)
{
	return scan_for(HZ_PAGE_IS_WRITTEN, addr, len, how, max, w);
}

int hz_scan_protect(const void *range, enum hz_category category, bool listed)
{
	struct hz_written w;
	struct hz_pm_scan_arg arg = {
		.size = sizeof(arg), .flags = HZ_SCAN_AND_PROTECT,
		.start = (uintptr_t)range,
		.end = (uintptr_t)range + hz_pmd_size(),
		.category_mask = 1ull << category,
	};
	int fd, err = 0;

	if (listed)
		return scan_for(arg.category_mask, range, hz_pmd_size(),
				HZ_SCAN_AND_PROTECT, 0, &w);
	fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, HZ_PAGEMAP_SCAN, &arg) < 0)
		err = -errno;
	close(fd);
	return err;
}

long hz_scan_pages(const void *range, enum hz_category category)
{
	struct hz_written w;
	int err = scan_for(1ull << category, range, hz_pmd_size(), 0, 0, &w);

	return err ? err : (long)w.pages;
}

int hz_clear_refs(const char *what)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, what, 1) != 1)
		err = -errno;
	close(fd);
	return err;
}

int hz_clear_soft_dirty(void)
{
	return hz_clear_refs("4");
}
