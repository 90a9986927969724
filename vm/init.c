// SPDX-License-Identifier: GPL-2.0
/*
 * The first and only process that the guest brings itself: mounts what the suite needs, runs the
 * programs in turn, and sends what they print to the host. Built static, with nothing but libc.
 *
 * Every line that it sends begins with a nonce that the programs cannot know, so that neither
 * they nor the kernel can write anything that the host would take for init's word:
 *
 *	NONCE!hello KEY VALUE ...		the guest is up
 *	NONCE!begin NAME
 *	NONCE|TEXT				a line of the program's output
 *	NONCE+TEXT				a piece of one, its end follows
 *	NONCE!end NAME exit|signal N bytes N crc HEX left N
 *	NONCE!log / NONCE|TEXT / NONCE!endlog	the kernel's log, where the console is shared
 *	NONCE!done
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define CONFIG		"/vm.conf"
#define SUITE		"/suite"
#define DISK		"/disk"
#define MAX_ARGS	64
#define GRACE_MS	2000	/* for what a program left to clean up behind itself */

static char nonce[64];
static int channel = -1;
static int shared_console;
static const char *cwd = SUITE;	/* of the programs: their files are there */
static id_t user;		/* that the programs run as */

static void send_all(const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(channel, data, size);

		if (n < 0) {
			struct pollfd p = { .fd = channel, .events = POLLOUT };

			if (errno != EINTR && errno != EAGAIN)
				return;
			poll(&p, 1, 100);
			continue;
		}
		data += n;
		size -= n;
	}
}

/* One write a line: what the kernel prints in between then stays between lines, mostly. */
static void send_line(char kind, const char *text, size_t size)
{
	static char line[1 << 16];
	size_t head = snprintf(line, sizeof(line), "%s%c", nonce, kind);

	if (size > sizeof(line) - head - 1)
		size = sizeof(line) - head - 1;
	memcpy(line + head, text, size);
	line[head + size] = '\n';
	send_all(line, head + size + 1);
}

__attribute__((format(printf, 1, 2)))
static void send_mark(const char *format, ...)
{
	char text[1024];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n >= (int)sizeof(text))
		n = sizeof(text) - 1;
	send_line('!', text, n);
}

/* The end of the guest: with -no-reboot a reboot ends the emulator, on any machine. */
__attribute__((noreturn))
static void leave(void)
{
	tcdrain(channel);
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

__attribute__((noreturn, format(printf, 1, 2)))
static void give_up(const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (*nonce && channel >= 0)
		send_mark("broken %s", text);
	dprintf(2, "init: %s\n", text);
	leave();
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		dprintf(2, "init: %s: %s\n", path, strerror(errno));
	close(fd);
}

static int mount_at(const char *type, const char *where, const char *options)
{
	mkdir(where, 0755);
	return mount(type, where, type, 0, options);
}

/* What is not in the kernel is not mounted; the suite says what it misses. */
static void mount_all(const char *cgroup)
{
	mount_at("proc", "/proc", NULL);
	mount_at("sysfs", "/sys", NULL);
	mount_at("devtmpfs", "/dev", NULL);	/* else the nodes of the archive stay */
	mount_at("devpts", "/dev/pts", NULL);
	mount_at("tmpfs", "/dev/shm", NULL);
	mount_at("tmpfs", "/tmp", NULL);
	mount_at("tmpfs", "/run", NULL);
	mount_at("debugfs", "/sys/kernel/debug", NULL);
	mount_at("tracefs", "/sys/kernel/tracing", NULL);
	if (!strcmp(cgroup, "2")) {
		mount_at("cgroup2", "/sys/fs/cgroup", NULL);
		write_file("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	} else if (!strcmp(cgroup, "1")) {
		mount_at("tmpfs", "/sys/fs/cgroup", NULL);
		mount_at("cgroup", "/sys/fs/cgroup/memory", "memory");
	}
}

/* What mkswap(8) writes. */
static int make_swap(const char *device, uint64_t size)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *head = calloc(1, page);
	int fd = open(device, O_WRONLY | O_CLOEXEC), done = 0;

	if (head && fd >= 0) {
		uint32_t version_and_last[] = { 1, size / page - 1 };

		memcpy(head + 1024, version_and_last, sizeof(version_and_last));
		memcpy(head + page - 10, "SWAPSPACE2", 10);
		done = write(fd, head, page) == (ssize_t)page && !fsync(fd);
	}
	if (fd >= 0)
		close(fd);
	free(head);
	return done;
}

/* Swap without a disk: what it holds is memory, compressed. Zero: there is to be none. */
static void swap_on(const char *bytes)
{
	uint64_t size = strtoull(bytes, NULL, 10);

	if (!size)
		return;
	if (access("/sys/block/zram0/disksize", W_OK))
		give_up("no swap: the kernel has no zram0 (CONFIG_ZRAM=y)");
	write_file("/sys/block/zram0/disksize", bytes);
	if (!make_swap("/dev/zram0", size))
		give_up("no swap: cannot write to zram0: %s", strerror(errno));
	if (swapon("/dev/zram0", 0))
		give_up("no swap: swapon: %s", strerror(errno));
}

/* The image that the archive may have brought goes to a RAM disk: the programs' files are on it. */
static void disk_on(void)
{
	static char image[8 << 20];
	int from = open(DISK ".image", O_RDONLY | O_CLOEXEC), to;
	ssize_t n;

	if (from < 0)
		return;
	to = open("/dev/ram0", O_WRONLY | O_CLOEXEC);
	if (to < 0)
		give_up("no disk: the kernel has no ram0 (CONFIG_BLK_DEV_RAM=y)");
	errno = ENOSPC;
	n = read(from, image, sizeof(image));
	if (n <= 0 || write(to, image, n) != n)
		give_up("no disk: cannot write to ram0: %s", strerror(errno));
	close(from);
	close(to);
	unlink(DISK ".image");
	mkdir(DISK, 0755);
	if (mount("/dev/ram0", DISK, "ext2", 0, NULL))
		give_up("no disk: ext2: %s", strerror(errno));
	cwd = DISK;
}

static int raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t))
		return -1;
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL;
	return tcsetattr(fd, TCSANOW, &t);
}

/* A port that is not there can be opened all the same: setting it up or writing to it fails. */
static void open_channel(const char *port)
{
	if (strcmp(port, "-")) {
		channel = open(port, O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (channel >= 0 && !raw(channel) && write(channel, "\n", 1) == 1)
			return;
		if (channel >= 0)
			close(channel);
	}
	channel = open("/dev/console", O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (channel < 0)
		channel = 2;
	raw(channel);
	shared_console = 1;
	/* Only what ends the guest may still come in between; the rest is sent at the end. */
	klogctl(8, NULL, 1);
	send_all("\n", 1);
}

/* 0 when there is no such file: a kernel without THP. */
static long read_number(const char *path)
{
	FILE *file = fopen(path, "re");
	long number = 0;

	if (file) {
		if (fscanf(file, "%ld", &number) != 1)
			number = 0;
		fclose(file);
	}
	return number;
}

static void send_hello(void)
{
	struct utsname u;

	uname(&u);
	send_mark("hello kernel %s machine %s page %ld pmd %ld memory %ld cpus %ld shared %d",
		  u.release, u.machine, sysconf(_SC_PAGESIZE),
		  read_number("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"),
		  sysconf(_SC_PHYS_PAGES) * (sysconf(_SC_PAGESIZE) / 1024),
		  sysconf(_SC_NPROCESSORS_ONLN), shared_console);
}

static void send_kernel_log(void)
{
	int size = klogctl(10, NULL, 0);
	char *log, *line, *next;

	if (size <= 0)
		return;
	log = malloc(size + 1);
	if (!log)
		return;
	size = klogctl(3, log, size);
	if (size < 0)
		size = 0;
	log[size] = 0;
	send_mark("log");
	for (line = log; *line; line = next) {
		next = strchrnul(line, '\n');
		send_line('|', line, next - line);
		if (*next)
			next++;
	}
	send_mark("endlog");
	free(log);
}

/* What a program printed: counted, so that the host knows that it has seen all of it. */
struct output {
	char line[4096];
	size_t fill;
	uint64_t bytes;
	uint32_t crc;
};

static void take(struct output *o, const char *data, size_t size)
{
	size_t i;
	int bit;

	o->bytes += size;
	for (i = 0; i < size; i++) {
		o->crc ^= (unsigned char)data[i];
		for (bit = 0; bit < 8; bit++)
			o->crc = o->crc >> 1 ^ (o->crc & 1 ? 0xedb88320 : 0);
		if (data[i] == '\n') {
			send_line('|', o->line, o->fill);
			o->fill = 0;
			continue;
		}
		o->line[o->fill++] = data[i];
		if (o->fill == sizeof(o->line)) {
			send_line('+', o->line, o->fill);
			o->fill = 0;
		}
	}
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000L + t.tv_nsec / 1000000;
}

/* Takes what is there; returns 0 at the end of the pipe. */
static int drain(int fd, struct output *o, int timeout)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char data[4096];
	ssize_t n;

	if (poll(&p, 1, timeout) <= 0)
		return 1;
	n = read(fd, data, sizeof(data));
	if (n > 0)
		take(o, data, n);
	return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

__attribute__((noreturn))
static void become(char **argv, int out)
{
	char path[256];
	int null = open("/dev/null", O_RDONLY);

	dup2(null, 0);
	dup2(out, 1);
	dup2(out, 2);
	setsid();
	snprintf(path, sizeof(path), SUITE "/%s", argv[0]);
	if (!chdir(cwd) && (!user || (!setgroups(0, NULL) && !setgid(user) && !setuid(user))))
		execv(path, argv);
	dprintf(2, "# cannot run %s: %s\n", path, strerror(errno));
	_exit(127);
}

static void run(char **argv)
{
	struct output o = { .crc = ~0u };
	int fds[2], status = 0, running = 1, piped = 1, children = 1, left = 0;
	long deadline = 0;
	pid_t pid;

	send_mark("begin %s", argv[0]);
	if (pipe2(fds, O_CLOEXEC))
		give_up("pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		give_up("fork: %s", strerror(errno));
	if (!pid)
		become(argv, fds[1]);
	close(fds[1]);

	/* Everybody's parent is init: the next program starts when nobody of this one is left. */
	while (piped || children) {
		int any;
		pid_t gone;

		if (piped)
			piped = drain(fds[0], &o, 20);
		else
			usleep(1000);
		while ((gone = waitpid(-1, &any, WNOHANG)) > 0) {
			if (gone != pid)
				continue;
			status = any;
			running = 0;
			deadline = now_ms() + GRACE_MS;
		}
		children = !(gone < 0 && errno == ECHILD);
		if (!running && children && now_ms() > deadline) {
			left = 1;
			kill(-1, SIGKILL);
		}
		/* A pipe that is still open with nobody there has been sent somewhere. */
		if (!children && piped)
			piped = drain(fds[0], &o, 0) && now_ms() < deadline;
	}
	close(fds[0]);
	if (o.fill)
		send_line('+', o.line, o.fill);
	send_mark("end %s %s %d bytes %llu crc %08x left %d", argv[0],
		  WIFSIGNALED(status) ? "signal" : "exit",
		  WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
		  (unsigned long long)o.bytes, o.crc ^ ~0u, left);
}

/* Cuts a line of words, separated by tabs, into a vector. */
static void split(char *line, char **argv)
{
	int n = 0;

	line[strcspn(line, "\n")] = 0;
	for (char *word = strtok(line, "\t"); word && n < MAX_ARGS; word = strtok(NULL, "\t"))
		argv[n++] = word;
	argv[n] = NULL;
}

int main(void)
{
	static char line[4096], port[64] = "-", cgroup[8] = "2", swap[24] = "0";
	char *argv[MAX_ARGS + 1];
	FILE *config;

	if (getpid() != 1) {
		fprintf(stderr, "init: only for the first process of a guest\n");
		return 1;
	}
	config = fopen(CONFIG, "re");
	if (!config)
		give_up(CONFIG ": %s", strerror(errno));
	unlink(CONFIG);		/* the nonce is for nobody else */
	clearenv();

	for (int started = 0; fgets(line, sizeof(line), config);) {
		split(line, argv);
		if (!argv[0] || !argv[1])
			continue;
		if (!strcmp(argv[0], "nonce"))
			snprintf(nonce, sizeof(nonce), "%s", argv[1]);
		else if (!strcmp(argv[0], "port"))
			snprintf(port, sizeof(port), "%s", argv[1]);
		else if (!strcmp(argv[0], "cgroup"))
			snprintf(cgroup, sizeof(cgroup), "%s", argv[1]);
		else if (!strcmp(argv[0], "swap"))
			snprintf(swap, sizeof(swap), "%s", argv[1]);
		else if (!strcmp(argv[0], "user"))
			user = atoi(argv[1]);
		else if (!strcmp(argv[0], "env"))
			setenv(argv[1], argv[2] ? argv[2] : "", 1);
		else if (!strcmp(argv[0], "start")) {
			mount_all(cgroup);
			open_channel(port);
			swap_on(swap);
			disk_on();
			send_hello();
			started = 1;
		} else if (!strcmp(argv[0], "run") && started)
			run(argv + 1);
	}
	if (shared_console)
		send_kernel_log();
	send_mark("done");
	leave();
}
