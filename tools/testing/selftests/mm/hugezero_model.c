// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "hugezero_model.h"
#include "hugezero_region.h"

/* Base pages, so that a short script costs little memory. */
static void *allocate(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	madvise(p, len, MADV_NOHUGEPAGE);
	return p;
}

int hz_model_init(struct hz_model *m)
{
	*m = (struct hz_model){
		.pages = hz_pmd_pages(), .page = hz_page_size(),
	};
	m->bytes = allocate(hz_pmd_size());
	m->freed = allocate(hz_pmd_size());
	m->flags = allocate(m->pages * sizeof(*m->flags));
	m->presence = allocate(m->pages * sizeof(*m->presence));
	m->writes = allocate(m->pages * sizeof(*m->writes));
	return m->bytes && m->freed && m->flags && m->presence && m->writes ?
	       0 : -ENOMEM;
}

void hz_model_release(struct hz_model *m)
{
	munmap(m->bytes, hz_pmd_size());
	munmap(m->freed, hz_pmd_size());
	munmap(m->flags, m->pages * sizeof(*m->flags));
	munmap(m->presence, m->pages * sizeof(*m->presence));
	munmap(m->writes, m->pages * sizeof(*m->writes));
}

bool hz_model_is(const struct hz_model *m, size_t page, enum hz_page_flag flag)
{
	return m->flags[page] & flag;
}

void hz_model_set(struct hz_model *m, size_t page, size_t n,
		  enum hz_page_flag flag, bool on)
{
	for (; n--; page++)
		m->flags[page] = on ? m->flags[page] | flag :
				      m->flags[page] & ~flag;
}

size_t hz_model_until(const struct hz_model *m, size_t page, size_t n,
		      enum hz_page_flag flags)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (m->flags[page + i] & flags)
			break;
	return i;
}

bool hz_model_any(const struct hz_model *m, size_t page, size_t n,
		  enum hz_page_flag flags)
{
	return hz_model_until(m, page, n, flags) < n;
}

void hz_model_unsettle(struct hz_model *m)
{
	size_t i;

	for (i = 0; m->holes && i < m->pages; i++)
		if (m->presence[i] == HZ_ABSENT &&
		    !hz_model_is(m, i, HZ_PAGE_MISSING | HZ_PAGE_GUARD))
			m->presence[i] = HZ_PERHAPS;
}

void hz_model_touch(struct hz_model *m, size_t page)
{
	if (m->presence[page] == HZ_PRESENT)
		return;
	hz_model_unsettle(m);
	m->presence[page] = HZ_PRESENT;
	m->holes--;
}

static void write_in_page(struct hz_model *m, size_t page, size_t off,
			  const char *bytes, char value, size_t len)
{
	char *to = m->bytes + page * m->page + off;
	char *freed = m->freed + page * m->page + off;
	bool lazy = hz_model_is(m, page, HZ_PAGE_LAZY) && len < m->page;

	hz_model_touch(m, page);
	hz_model_set(m, page, 1, HZ_PAGE_LAZY, lazy);
	hz_model_set(m, page, 1, HZ_PAGE_WRITTEN | HZ_PAGE_DIRTY | HZ_PAGE_SCANNED,
		     true);
	m->writes[page]++;
	if (bytes)
		memcpy(to, bytes, len);
	else
		memset(to, value, len);
	if (lazy)
		memcpy(freed, to, len);
}

static void write_bytes(struct hz_model *m, size_t page, size_t off,
			const char *bytes, char value, size_t len)
{
	size_t n;

	for (; len; len -= n, page++, off = 0) {
		n = m->page - off < len ? m->page - off : len;
		write_in_page(m, page, off, bytes, value, n);
		if (bytes)
			bytes += n;
	}
}

void hz_model_write(struct hz_model *m, size_t page, size_t off,
		    const char *bytes, size_t len)
{
	write_bytes(m, page, off, bytes, 0, len);
}

void hz_model_fill(struct hz_model *m, size_t page, size_t off, char value,
		   size_t len)
{
	write_bytes(m, page, off, NULL, value, len);
}

void hz_model_drop(struct hz_model *m, size_t page)
{
	if (hz_model_is(m, page, HZ_PAGE_WRITTEN))
		memset(m->bytes + page * m->page, 0, m->page);
	hz_model_set(m, page, 1, HZ_PAGE_WRITTEN | HZ_PAGE_LAZY |
		     HZ_PAGE_PINNED, false);
	m->writes[page]++;
	if (m->presence[page] == HZ_PRESENT)
		m->holes++;
	m->presence[page] = HZ_ABSENT;
}

void hz_model_free(struct hz_model *m, size_t page)
{
	if (m->presence[page] == HZ_PRESENT) {
		m->presence[page] = HZ_PERHAPS;
		m->holes++;
	}
	if (!hz_model_is(m, page, HZ_PAGE_WRITTEN))
		return;
	memset(m->freed + page * m->page, 0, m->page);
	hz_model_set(m, page, 1, HZ_PAGE_LAZY, true);
}

void hz_model_fork(struct hz_model *m)
{
	size_t i;

	for (i = 0; i < m->pages; i++) {
		m->flags[i] &= ~(HZ_PAGE_LOCKED | HZ_PAGE_MISSING |
				 HZ_PAGE_PINNED);
		if (!hz_model_is(m, i, HZ_PAGE_WIPE))
			continue;
		m->flags[i] &= ~HZ_PAGE_GUARD;
		hz_model_drop(m, i);
	}
}

static ssize_t first_difference(const char *a, const char *b, size_t len)
{
	size_t i;

	if (!memcmp(a, b, len))
		return -1;
	for (i = 0; i < len && a[i] == b[i]; i++)
		;
	return i;
}

ssize_t hz_model_check(const struct hz_model *m, size_t page, const char *seen,
		       char *expected)
{
	const char *bytes = m->bytes + page * m->page;
	ssize_t wrong;

	if (!hz_model_is(m, page, HZ_PAGE_WRITTEN)) {
		if (expected)
			*expected = 0;
		return hz_first_nonzero(seen, m->page);
	}
	wrong = first_difference(seen, bytes, m->page);
	if (wrong >= 0 && hz_model_is(m, page, HZ_PAGE_LAZY) &&
	    !memcmp(seen, m->freed + page * m->page, m->page))
		return -1;
	if (wrong >= 0 && expected)
		*expected = bytes[wrong];
	return wrong;
}
