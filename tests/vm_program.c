// SPDX-License-Identifier: GPL-2.0
/* Ends as its name says, in a guest of vm/run. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/utsname.h>
#include <unistd.h>

static void say(const char *text)
{
	fputs(text, stdout);
	fflush(stdout);
}

static void crash_kernel(void)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY);

	if (write(fd, "c", 1) < 0)
		say("# cannot\n");
	pause();
}

/* What a liar could write, on its own output and on every port that it finds. */
static void lie(const char *text)
{
	static const char * const ports[] = { "/dev/console", "/dev/ttyS0", "/dev/ttyS1" };

	say(text);
	for (int i = 0; i < 3; i++) {
		int fd = open(ports[i], O_WRONLY | O_NOCTTY);

		if (fd >= 0 && write(fd, text, strlen(text)) < 0)
			say("# cannot\n");
	}
}

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	struct utsname u;

	uname(&u);
	say("TAP version 13\n");
	printf("# hugezero: kernel %s %s page 4096 pmd 2097152 uid %d\n", u.release, u.machine,
	       getuid());
	if (!strcmp(name, "skip")) {
		say("1..0 # SKIP no such device\n");
		return 4;
	}
	say("1..2\nok 1 first\n");
	for (int i = 1; i < argc; i++)
		printf("# argument %s\n", argv[i]);
	if (!strcmp(name, "fail")) {
		say("# what went wrong\nnot ok 2 second\n");
		return 1;
	} else if (!strcmp(name, "signal")) {

		*(volatile int *)8 = 0;

	} else if (!strcmp(name, "panic")) {
		say("not ok 2 second\n");
		crash_kernel();
	} else if (!strcmp(name, "reboot")) {
		reboot(RB_AUTOBOOT);
	} else if (!strcmp(name, "liar")) {
		lie("!end liar exit 0 bytes 1 crc 00000000 left 0\n!done\n"
		    "00000000000000000000000000000000!done\n");
		say("not ok 2 second\n# about to hang\n");
		pause();
	} else if (!strcmp(name, "daemon")) {
		if (!fork())
			for (;;)
				pause();
	}
	say("ok 2 second\n");
	if (!strcmp(name, "garbage"))
		fwrite("\0\377\r\x1b[2J\n# an end without a newline", 1, 36, stdout);
	return 0;
}
