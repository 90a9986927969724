// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hugezero_counters.h"
#include "hugezero_observe.h"
#include "hugezero_region.h"
#include "hugezero_scan.h"

/* Documentation/admin-guide/mm/pagemap.rst */
#define PM_SOFT_DIRTY		(1ull << 55)
#define PM_EXCLUSIVE		(1ull << 56)
#define PM_UFFD_WP		(1ull << 57)
#define PM_FILE			(1ull << 61)
#define PM_SWAP			(1ull << 62)
#define PM_PRESENT		(1ull << 63)
#define PM_PFN(entry)		((entry) & ((1ull << 55) - 1))
/*
 * What is in no swap file but on its way from one page to another has a type
 * that only a 24th swap file could have, and a frame for an offset; marks in a
 * page table have flags there (include/linux/swap.h and swapops.h, 5.10 ...
 * 7.3). Who may see neither type nor offset has to take all for that.
 */
#define PM_TYPE(entry)		((entry) & 31)
#define PM_OFFSET(entry)	(PM_PFN(entry) >> 5)
#define PM_MOVES(entry)		(((entry) & PM_SWAP) && (!PM_PFN(entry) || \
				 (PM_TYPE(entry) > 22 && PM_OFFSET(entry) > 15)))
/* How often to look again, and after how many microseconds. */
#define LOOKS			100
#define LOOK_AGAIN		500

#define KPF(bit)		(1ull << HZ_KPF_##bit)

/* 64 KiB pages under a PMD of 512 MiB: arm64. */
#define MAX_PAGES		8192

enum page_kind {
	PAGE_ABSENT, PAGE_ZERO, PAGE_ANON, PAGE_SWAPPED, PAGE_FILE,
	PAGE_UNKNOWN,
};

/* What one oracle says of each page. */
struct pages {
	uint8_t kind[MAX_PAGES];	/* enum page_kind */
	bool huge[MAX_PAGES];		/* mapped by a PMD */
	bool large[MAX_PAGES];		/* part of a large folio */
};

static struct {
	bool scan;		/* PAGEMAP_SCAN works */
	bool scan_huge_zero;	/* and reports PFNZERO for a huge zero PMD */
	bool kpageflags;
	bool move_pages;
	long zero_allocs;	/* at first */
	char names[64];
} oracle;

static struct pages by_scan, by_flags;
static uint64_t entries[MAX_PAGES];

static const char * const state_names[] = {
	[HZ_EMPTY] = "nothing",
	[HZ_HUGE_ZERO] = "the huge zero page, mapped by one PMD",
	[HZ_ANON_THP] = "one PMD-mapped anonymous THP",
	[HZ_PAGE_TABLE] = "page table",
	[HZ_SWAPPED_PMD] = "a PMD-sized swap or migration entry",
	[HZ_MIXED] = "a mixture of PMD-mapped and other pages",
	[HZ_UNMAPPED] = "no mapping",
	[HZ_UNKNOWN] = "pages that this kernel lets nobody tell apart",
};

const char *hz_state_name(enum hz_state state)
{
	return state_names[state];
}

bool hz_have_pagemap_scan(void)
{
	return oracle.scan;
}

bool hz_have_kpageflags(void)
{
	return oracle.kpageflags;
}

const char *hz_oracles(void)
{
	return oracle.names;
}

/* Reads @n 64-bit words at index @at of a /proc file. Returns words read. */
static size_t read_words(const char *path, uint64_t at, uint64_t *words,
			 size_t n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return 0;
	got = pread(fd, words, n * sizeof(*words), at * sizeof(*words));
	close(fd);
	return got < 0 ? 0 : got / sizeof(*words);
}

static bool any_moves(size_t n)
{
	while (n--)
		if (PM_MOVES(entries[n]))
			return true;
	return false;
}

/* Compaction has a page on its way for microseconds: that is no state. */
static size_t read_pagemap(const void *range, size_t n)
{
	int looks = LOOKS;
	size_t got;

	do {
		got = read_words("/proc/self/pagemap",
				 (uintptr_t)range / hz_page_size(), entries, n);
	} while (any_moves(got) && --looks && !usleep(LOOK_AGAIN));
	return got;
}

static enum page_kind kind_by_scan(uint64_t categories)
{
	if (categories & HZ_PAGE_IS_SWAPPED)
		return PAGE_SWAPPED;
	if (!(categories & HZ_PAGE_IS_PRESENT))
		return PAGE_ABSENT;
	if (categories & HZ_PAGE_IS_PFNZERO)
		return PAGE_ZERO;
	if ((categories & HZ_PAGE_IS_HUGE) && !oracle.scan_huge_zero)
		return PAGE_UNKNOWN;
	return categories & HZ_PAGE_IS_FILE ? PAGE_FILE : PAGE_ANON;
}

static void take_region(struct pages *p, uintptr_t base, size_t n,
			const struct hz_page_region *reg)
{
	size_t i = (reg->start - base) / hz_page_size();
	size_t end = (reg->end - base) / hz_page_size();

	for (; i < end && i < n; i++) {
		p->kind[i] = kind_by_scan(reg->categories);
		/* A PMD that maps nothing is no huge page: 6.7 ... 7.3. */
		p->huge[i] = reg->categories & HZ_PAGE_IS_HUGE &&
			     p->kind[i] != PAGE_ABSENT;
	}
}

/* Fills @p from PAGEMAP_SCAN. Returns 0 or -errno. */
static int scan(struct pages *p, const void *range, size_t n)
{
	static struct hz_page_region regions[256];
	uintptr_t base = (uintptr_t)range;
	struct hz_pm_scan_arg arg = {
		.size = sizeof(arg),
		.start = base,
		.end = base + n * hz_page_size(),
		.vec = (uintptr_t)regions,
		.vec_len = 256,
		.return_mask = HZ_PAGE_IS_FILE | HZ_PAGE_IS_PRESENT |
			       HZ_PAGE_IS_SWAPPED | HZ_PAGE_IS_PFNZERO |
			       HZ_PAGE_IS_HUGE,
	};
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	int got, i, err = 0;

	if (fd < 0)
		return -errno;
	memset(p, 0, sizeof(*p));
	while (arg.start < arg.end) {
		got = ioctl(fd, HZ_PAGEMAP_SCAN, &arg);
		if (got < 0) {
			err = -errno;
			break;
		}
		for (i = 0; i < got; i++)
			take_region(p, base, n, &regions[i]);
		if (arg.walk_end <= arg.start)
			break;
		arg.start = arg.walk_end;
	}
	close(fd);
	return err;
}

static enum page_kind kind_by_flags(uint64_t flags)
{
	if (flags & KPF(ZERO_PAGE))
		return PAGE_ZERO;
	if (flags & KPF(ANON))
		return PAGE_ANON;
	/* A KSM page is anonymous memory that others share. */
	return flags & KPF(KSM) ? PAGE_ANON : PAGE_FILE;
}

/* kpageflags of each page in entries[]; runs of PFNs are read at once. */
static void read_by_pfn(const char *path, uint64_t *words, size_t n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t i, run;

	memset(words, 0, n * sizeof(*words));
	for (i = 0; fd >= 0 && i < n; i += run) {
		uint64_t pfn = PM_PFN(entries[i]);

		run = 1;
		if (!(entries[i] & PM_PRESENT) || !pfn)
			continue;
		if (i && PM_PFN(entries[i - 1]) == pfn) {
			words[i] = words[i - 1];
			continue;
		}
		while (i + run < n && PM_PFN(entries[i + run]) == pfn + run)
			run++;
		if (pread(fd, words + i, run * 8, pfn * 8) != (ssize_t)run * 8)
			break;
	}
	if (fd >= 0)
		close(fd);
}

/* Fills @p from pagemap and kpageflags. Returns 0 or -errno. */
static int flags_of(struct pages *p, const void *range, size_t n)
{
	static uint64_t flags[MAX_PAGES];
	size_t i;

	if (read_pagemap(range, n) != n)
		return -EIO;
	memset(p, 0, sizeof(*p));
	if (oracle.kpageflags)
		read_by_pfn("/proc/kpageflags", flags, n);
	for (i = 0; i < n; i++) {
		if (entries[i] & PM_SWAP) {
			p->kind[i] = PAGE_SWAPPED;
		} else if (!(entries[i] & PM_PRESENT)) {
			p->kind[i] = PAGE_ABSENT;
		} else if (oracle.kpageflags) {
			p->kind[i] = kind_by_flags(flags[i]);
			p->large[i] = flags[i] & KPF(THP);
			/* A huge zero folio is only ever mapped by a PMD. */
			p->huge[i] = p->large[i] && p->kind[i] == PAGE_ZERO;
		} else {
			p->kind[i] = PAGE_UNKNOWN;
		}
	}
	return 0;
}

static long move_pages_query(void **addr, int *status, unsigned long n)
{
	return syscall(SYS_move_pages, 0, n, addr, NULL, status, 0);
}

long hz_resident_pages(void *range)
{
	static unsigned char there[MAX_PAGES];
	size_t i, n = hz_pmd_pages();
	long resident = 0;

	if (n > MAX_PAGES)
		return -EOVERFLOW;
	if (mincore(range, hz_pmd_size(), there))
		return -errno;
	for (i = 0; i < n; i++)
		resident += there[i] & 1;
	return resident;
}

int hz_node_of(const void *addr)
{
	void *page = (void *)addr;
	int status = -EIO;

	if (move_pages_query(&page, &status, 1))
		return -errno;
	return status;
}

/* Tells zero from anonymous where neither a scan nor flags could. */
static void ask_move_pages(struct pages *p, const char *range, size_t n)
{
	size_t i;
	int node;

	for (i = 0; oracle.move_pages && i < n; i++) {
		if (p->kind[i] != PAGE_UNKNOWN)
			continue;
		node = hz_node_of(range + i * hz_page_size());
		if (node == -EFAULT)
			p->kind[i] = PAGE_ZERO;
		else if (node >= 0)
			p->kind[i] = PAGE_ANON;
	}
}

/* How many pages PMDs map in this VMA: only smaps knows before 6.7. */
static void ask_smaps(struct pages *p, const void *range, size_t n)
{
	struct hz_smaps_field f[64];
	int nr = hz_smaps_all(range, f, 64);
	bool whole = hz_smaps_value(f, nr, "Size") == (long)hz_pmd_size();
	long thp = hz_smaps_value(f, nr, "AnonHugePages");
	size_t i;

	for (i = 0; i < n; i++) {
		if (p->kind[i] == PAGE_ANON && whole &&
		    thp == (long)hz_pmd_size())
			p->huge[i] = true;
		else if (p->kind[i] == PAGE_ANON && p->large[i] && thp && !whole)
			p->kind[i] = PAGE_UNKNOWN;
	}
}

static void add_counts(struct hz_view *v, const struct pages *p, size_t *huge)
{
	size_t i;

	for (i = 0; i < v->pages; i++) {
		*huge += p->huge[i];
		switch (p->kind[i]) {
		case PAGE_ABSENT:
			v->absent++;
			break;
		case PAGE_ZERO:
			v->zero++;
			break;
		case PAGE_ANON:
			if (!v->anon++)
				v->first_anon = i;
			v->large += p->large[i];
			break;
		case PAGE_SWAPPED:
			v->swapped++;
			break;
		case PAGE_FILE:
			v->file++;
			break;
		case PAGE_UNKNOWN:
			break;
		}
	}
}

static enum hz_state state_of(const struct hz_view *v, size_t huge)
{
	size_t known = v->anon + v->zero + v->absent + v->swapped + v->file;

	if (known != v->pages)
		return HZ_UNKNOWN;
	if (v->absent == v->pages)
		return HZ_EMPTY;
	if (!huge)
		return HZ_PAGE_TABLE;
	if (huge != v->pages)
		return HZ_MIXED;
	if (v->zero == v->pages)
		return HZ_HUGE_ZERO;
	if (v->anon == v->pages)
		return HZ_ANON_THP;
	return v->swapped == v->pages ? HZ_SWAPPED_PMD : HZ_MIXED;
}

static char letter(const struct pages *p, size_t i)
{
	switch (p->kind[i]) {
	case PAGE_ABSENT:
		return '.';
	case PAGE_ZERO:
		return p->huge[i] ? 'H' : 'Z';
	case PAGE_ANON:
		return p->huge[i] ? 'T' : p->large[i] ? 'L' : 'A';
	case PAGE_SWAPPED:
		return 'S';
	case PAGE_FILE:
		return 'F';
	case PAGE_UNKNOWN:
		break;
	}
	return '?';
}

/*
 * 64 cells at most; a cell that holds pages of several kinds shows the one
 * that is rarest in the range, in lower case (a hole as ',').
 */
static void draw(struct hz_view *v, const struct pages *p)
{
	size_t cells = v->pages < 64 ? v->pages : 64;
	size_t per = v->pages / cells, of[128] = { 0 };
	size_t i, j, at = 0;

	for (i = 0; i < v->pages; i++)
		of[(int)letter(p, i)]++;
	v->picture[at++] = '[';
	for (i = 0; i < cells; i++) {
		char cell = letter(p, i * per);
		bool all = true;

		for (j = 1; j < per; j++) {
			char c = letter(p, i * per + j);

			all &= c == cell;
			if (of[(int)c] < of[(int)cell])
				cell = c;
		}
		if (!all)
			cell = cell == '.' ? ',' : tolower(cell);
		v->picture[at++] = cell;
	}
	v->picture[at++] = ']';
	v->picture[at] = 0;
}

static bool differ(enum page_kind a, enum page_kind b)
{
	if (a == PAGE_UNKNOWN || b == PAGE_UNKNOWN)
		return a == PAGE_SWAPPED || b == PAGE_SWAPPED;
	return a != b;
}

/* PAGEMAP_SCAN and kpageflags come by different code to the same answer. */
static void cross_check(struct hz_view *v)
{
	size_t i;

	v->conflict[0] = 0;
	for (i = 0; i < v->pages; i++) {
		if (!differ(by_scan.kind[i], by_flags.kind[i]))
			continue;
		snprintf(v->conflict, sizeof(v->conflict),
			 "page %zu: '%c' to PAGEMAP_SCAN, '%c' to kpageflags",
			 i, letter(&by_scan, i), letter(&by_flags, i));
		return;
	}
}

/* smaps counts huge pages of the VMA; it agrees where the VMA is the range. */
static void cross_check_smaps(struct hz_view *v, const void *range)
{
	long want = v->state == HZ_ANON_THP ? (long)hz_pmd_size() : 0;
	struct hz_smaps_field f[64];
	long thp;
	int n;

	if (v->conflict[0] || v->state == HZ_UNKNOWN || v->state == HZ_MIXED)
		return;
	n = hz_smaps_all(range, f, 64);
	if (hz_smaps_value(f, n, "Size") != (long)hz_pmd_size())
		return;
	thp = hz_smaps_value(f, n, "AnonHugePages");
	if (thp >= 0 && thp != want)
		snprintf(v->conflict, sizeof(v->conflict),
			 "AnonHugePages is %ld kB in smaps over %s",
			 thp / 1024, hz_state_name(v->state));
}

static bool mapped(const void *range)
{
	unsigned long from, to, at = (unsigned long)range;
	unsigned long end = at + hz_pmd_size();
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512];

	while (f && at < end && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx", &from, &to) == 2 &&
		    from <= at && at < to)
			at = to;
	if (f)
		fclose(f);
	return at >= end;
}

/*
 * Asks both. A page that moves between the two questions makes them differ;
 * who really contradicts himself does so again and again.
 */
static int ask_both(struct hz_view *v, const void *range, bool *scanned)
{
	int looks = LOOKS / 10;

	do {
		if (flags_of(&by_flags, range, v->pages))
			return -EIO;
		*scanned = oracle.scan && !scan(&by_scan, range, v->pages);
		if (*scanned)
			cross_check(v);
	} while (v->conflict[0] && --looks && !usleep(LOOK_AGAIN));
	return 0;
}

void hz_look(const void *range, struct hz_view *v)
{
	struct pages *p = &by_flags;
	size_t huge = 0, i;
	bool scanned;

	*v = (struct hz_view){ .state = HZ_UNKNOWN, .first_anon = -1 };
	v->pages = hz_pmd_pages();
	if (v->pages > MAX_PAGES)
		return;
	if (!mapped(range)) {
		v->state = HZ_UNMAPPED;
		return;
	}
	if (ask_both(v, range, &scanned))
		return;
	if (scanned) {
		p = &by_scan;
		for (i = 0; i < v->pages && oracle.kpageflags; i++) {
			p->large[i] = by_flags.large[i];
			if (p->kind[i] == PAGE_UNKNOWN)
				p->kind[i] = by_flags.kind[i];
		}
		ask_move_pages(p, range, v->pages);
	} else {
		ask_move_pages(p, range, v->pages);
		ask_smaps(p, range, v->pages);
	}
	add_counts(v, p, &huge);
	v->state = state_of(v, huge);
	draw(v, p);
	snprintf(v->oracles, sizeof(v->oracles), "%s", oracle.names);
	cross_check_smaps(v, range);
}

static size_t add(char *buf, size_t size, size_t at, size_t n,
		  const char *what)
{
	if (!n || at >= size)
		return at;
	return at + snprintf(buf + at, size - at, "%s%zu %s",
			     at ? ", " : "", n, what);
}

char *hz_view_words(const struct hz_view *v, char *buf, size_t size)
{
	char counts[160] = "";
	size_t at = 0;

	if (v->anon == 1)
		at = snprintf(counts, sizeof(counts),
			      "1 anonymous page (number %zd)", v->first_anon);
	else
		at = add(counts, sizeof(counts), at, v->anon,
			 "anonymous pages");
	at = add(counts, sizeof(counts), at, v->large, "of a large folio");
	at = add(counts, sizeof(counts), at, v->zero, "zero pages");
	at = add(counts, sizeof(counts), at, v->absent, "absent");
	at = add(counts, sizeof(counts), at, v->swapped, "swapped");
	add(counts, sizeof(counts), at, v->file, "of a file");
	if (v->state == HZ_PAGE_TABLE || v->state == HZ_MIXED ||
	    v->state == HZ_UNKNOWN)
		snprintf(buf, size, "%s: %s  %s", hz_state_name(v->state),
			 counts, v->picture);
	else
		snprintf(buf, size, "%s", hz_state_name(v->state));
	return buf;
}

size_t hz_mapped_pages(const void *addr, size_t n)
{
	size_t mapped = 0;

	/* Who may see no page frame takes all that is in swap for moving. */
	n = read_words("/proc/self/pagemap", (uintptr_t)addr / hz_page_size(),
		       entries, n < MAX_PAGES ? n : MAX_PAGES);
	while (n--)
		mapped += (entries[n] & PM_PRESENT) ||
			  (PM_PFN(entries[n]) && PM_MOVES(entries[n]));
	return mapped;
}

int hz_look_folio(const void *range, struct hz_folio *f)
{
	static uint64_t words[MAX_PAGES];
	size_t n = hz_pmd_pages(), i;

	*f = (struct hz_folio){ .flags_all = ~0ull, .mapcount_min = ~0ull };
	if (n > MAX_PAGES || read_pagemap(range, n) != n)
		return -EIO;
	f->pfn = PM_PFN(entries[0]);
	f->contiguous = f->pfn;
	f->aligned = f->pfn && !(f->pfn % n);
	for (i = 0; i < n; i++) {
		f->contiguous &= PM_PFN(entries[i]) == f->pfn + i;
		f->present += !!(entries[i] & PM_PRESENT);
		f->exclusive += !!(entries[i] & PM_EXCLUSIVE);
		f->soft_dirty += !!(entries[i] & PM_SOFT_DIRTY);
		f->uffd_wp += !!(entries[i] & PM_UFFD_WP);
	}
	if (!oracle.kpageflags) {
		f->flags_all = 0;
		f->mapcount_min = 0;
		return 0;
	}
	read_by_pfn("/proc/kpageflags", words, n);
	f->head_flags = words[0];
	f->one_compound = words[0] & KPF(COMPOUND_HEAD);
	for (i = 0; i < n; i++) {
		f->flags_all &= words[i];
		f->flags_any |= words[i];
		if (i)
			f->one_compound &= !!(words[i] & KPF(COMPOUND_TAIL));
	}
	read_by_pfn("/proc/kpagecount", words, n);
	for (i = 0; i < n; i++) {
		if (words[i] < f->mapcount_min)
			f->mapcount_min = words[i];
		if (words[i] > f->mapcount_max)
			f->mapcount_max = words[i];
	}
	return 0;
}

uint64_t hz_flags_of_frame(uint64_t pfn)
{
	uint64_t flags;

	return read_words("/proc/kpageflags", pfn, &flags, 1) == 1 ? flags : 0;
}

bool hz_folio_is_lost(uint64_t pfn)
{
	/* SLAB, BUDDY, HUGE of hugetlb, OFFLINE, PGTABLE. */
	const uint64_t known = KPF(LRU) | KPF(MMAP) | KPF(ANON) |
			       KPF(ZERO_PAGE) | 1ull << 7 | 1ull << 10 |
			       1ull << 17 | 1ull << 23 | 1ull << 26;
	uint64_t last = pfn + hz_pmd_pages() - 1, count;
	uint64_t flags = hz_flags_of_frame(pfn);

	return (flags & KPF(COMPOUND_HEAD)) && !(flags & known) &&
	       (hz_flags_of_frame(last) & KPF(COMPOUND_TAIL)) &&
	       read_words("/proc/kpagecount", pfn, &count, 1) == 1 && !count;
}

static long lost_between(uint64_t from, uint64_t end)
{
	uint64_t huge = hz_pmd_pages(), pfn;
	long lost = 0;

	for (pfn = (from + huge - 1) / huge * huge; pfn < end; pfn += huge)
		lost += hz_folio_is_lost(pfn);
	return lost;
}

long hz_lost_huge_folios(void)
{
	FILE *f = fopen("/proc/zoneinfo", "re");
	unsigned long spanned = 0, start;
	char line[200];
	long lost = 0;

	/* What a zone spans comes before where it starts. */
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, " spanned %lu", &spanned) == 1)
			continue;
		if (sscanf(line, " start_pfn: %lu", &start) == 1)
			lost += lost_between(start, start + spanned);
	}
	if (f)
		fclose(f);
	return lost;
}

char *hz_kpf_names(uint64_t flags, char *buf, size_t size)
{
	static const char * const names[] = {
		"LOCKED", "ERROR", "REFERENCED", "UPTODATE", "DIRTY", "LRU",
		"ACTIVE", "SLAB", "WRITEBACK", "RECLAIM", "BUDDY", "MMAP",
		"ANON", "SWAPCACHE", "SWAPBACKED", "COMPOUND_HEAD",
		"COMPOUND_TAIL", "HUGE", "UNEVICTABLE", "HWPOISON", "NOPAGE",
		"KSM", "THP", "OFFLINE", "ZERO_PAGE", "IDLE", "PGTABLE",
		[HZ_KPF_MLOCKED] = "MLOCKED",
	};
	size_t i, at = 0;
	char number[16];

	snprintf(buf, size, "none");
	for (i = 0; i < 64 && at < size; i++) {
		if (!(flags & (1ull << i)))
			continue;
		snprintf(number, sizeof(number), "bit %zu", i);
		at += snprintf(buf + at, size - at, "%s%s", at ? "," : "",
			       i < ARRAY_SIZE(names) && names[i] ?
			       names[i] : number);
	}
	return buf;
}

/* A range that was read first tells whether PFNZERO is said of huge zero. */
static void calibrate_scan(void)
{
	struct hz_region r;
	size_t n = hz_pmd_pages();

	if (n > MAX_PAGES || hz_region_map(&r, 1, HZ_ADVISE_HUGE))
		return;
	hz_read_fault(r.addr);
	oracle.scan = !scan(&by_scan, r.addr, n);
	oracle.scan_huge_zero = oracle.scan && by_scan.huge[0] &&
				by_scan.kind[0] == PAGE_ZERO;
	hz_region_unmap(&r);
}

/*
 * Who has mapped the huge zero folio holds it until it exits: a child does, so
 * that this program is not what keeps it from being freed.
 */
static void calibrate_scan_in_a_child(void)
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		calibrate_scan();
		_exit(oracle.scan | oracle.scan_huge_zero << 1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return;
	oracle.scan = WEXITSTATUS(status) & 1;
	oracle.scan_huge_zero = WEXITSTATUS(status) & 2;
}

/* Asked of a page that is there: one of our own that was written. */
static void probe_pages(void)
{
	static char here;
	uint64_t flags;

	hz_store(&here, 1);
	oracle.move_pages = hz_node_of(&here) >= 0;
	oracle.kpageflags = read_pagemap(&here, 1) == 1 &&
			    PM_PFN(entries[0]) &&
			    read_words("/proc/kpageflags", PM_PFN(entries[0]),
				       &flags, 1) == 1;
}

void hz_observe_init(void)
{
	probe_pages();
	oracle.zero_allocs = hz_vmstat("thp_zero_page_alloc");
	calibrate_scan_in_a_child();
	snprintf(oracle.names, sizeof(oracle.names), "%spagemap%s%s,smaps",
		 oracle.scan ? "PAGEMAP_SCAN," : "",
		 oracle.kpageflags ? ",kpageflags" : "",
		 oracle.move_pages ? ",move_pages" : "");
}

/*
 * Others than this run's that ask for huge pages, or get them unasked, may have
 * read one.
 */
static bool process_may_hold(const char *pid)
{
	char path[300], line[512];
	int eligible;
	bool may = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/smaps", pid);
	f = fopen(path, "re");
	while (f && !may && fgets(line, sizeof(line), f))
		may = (!strncmp(line, "VmFlags:", 8) && strstr(line, " hg")) ||
		      (sscanf(line, "THPeligible: %d", &eligible) == 1 &&
		       eligible);
	if (f)
		fclose(f);
	return may;
}

static bool is_of_this_suite(const char *pid)
{
	char path[300], comm[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	f = fopen(path, "re");
	if (!f)
		return true;	/* gone */
	if (!fgets(comm, sizeof(comm), f))
		comm[0] = 0;
	fclose(f);
	return !strncmp(comm, "hugezero", 8) || !strncmp(comm, "hz_", 3);
}

/* A shrinker of that name is built where the folio is not there for good. */
static bool may_be_persistent(void)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	bool shrinker = false;
	struct utsname un;
	char line[512];
	int a = 0, b = 0;

	uname(&un);
	while (f && !shrinker && fgets(line, sizeof(line), f))
		shrinker = strstr(line, " shrink_huge_zero_");
	if (f)
		fclose(f);
	/* One of 6.18 that is allocated at boot is allocated once. */
	return !shrinker && oracle.zero_allocs == 1 &&
	       (sscanf(un.release, "%d.%d", &a, &b) != 2 || a > 6 ||
		(a == 6 && b >= 18));
}

bool hz_huge_zero_may_be_held(char *by, size_t size)
{
	struct dirent *entry;
	bool may = false;
	DIR *dir;

	if (may_be_persistent()) {
		snprintf(by, size, "CONFIG_PERSISTENT_HUGE_ZERO_FOLIO");
		return true;
	}
	dir = opendir("/proc");
	while (dir && !may && (entry = readdir(dir))) {
		may = isdigit(entry->d_name[0]) &&
		      !is_of_this_suite(entry->d_name) &&
		      process_may_hold(entry->d_name);
		if (may)
			snprintf(by, size, "process %.16s", entry->d_name);
	}
	if (dir)
		closedir(dir);
	return may;
}
