// SPDX-License-Identifier: GPL-2.0
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "hugezero_region.h"
#include "hugezero_trap.h"

static __thread sigjmp_buf out;
static __thread volatile sig_atomic_t armed;

static void trap(int sig)
{
	/* Anybody else's trap is a bug: it comes again, and kills. */
	if (!armed)
		signal(sig, SIG_DFL);
	else
		siglongjmp(out, sig);
}

static void install(void)
{
	/* The signal is not blocked: nothing has to be restored on the jump. */
	struct sigaction act = { .sa_handler = trap, .sa_flags = SA_NODEFER };

	sigemptyset(&act.sa_mask);
	sigaction(SIGSEGV, &act, NULL);
	sigaction(SIGBUS, &act, NULL);
}

static void prepare(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, install);
}

int hz_try_store(char *addr, char value)
{
	int sig;

	prepare();
	sig = sigsetjmp(out, 0);
	if (!sig) {
		armed = true;
		hz_store(addr, value);
	}
	armed = false;
	return sig;
}

int hz_try_load(const char *addr)
{
	volatile int value = 0;
	int sig;

	prepare();
	sig = sigsetjmp(out, 0);
	if (!sig) {
		armed = true;
		value = (unsigned char)hz_read_fault(addr);
	}
	armed = false;
	return sig ? -sig : value;
}
