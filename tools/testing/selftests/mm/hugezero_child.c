// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hugezero_child.h"
#include "hugezero_faults.h"
#include "hugezero_region.h"
#include "hugezero_trap.h"

struct request {
	hz_deed deed;		/* NULL: exit */
	struct hz_order order;
};

static void settled(const struct hz_order *order, struct hz_told *told)
{
	(void)order;
	(void)told;
}

static void serve(int ask, pid_t parent)
{
	struct hz_told told;
	struct request req;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	hz_settle();
	while (read(ask, &req, sizeof(req)) == sizeof(req) && req.deed) {
		told = (struct hz_told){ 0 };
		req.deed(&req.order, &told);
		if (send(ask, &told, sizeof(told), MSG_NOSIGNAL) !=
		    sizeof(told))
			break;
	}
	_exit(0);
}

int hz_child_start(struct hz_child *c)
{
	const struct hz_order none = { 0 };
	struct hz_told told;
	pid_t parent = getpid();
	int ends[2], err;

	*c = (struct hz_child){ .pid = -1, .ask = -1 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	fflush(NULL);
	c->pid = fork();
	err = -errno;
	if (!c->pid) {
		close(ends[0]);
		serve(ends[1], parent);
	}
	close(ends[1]);
	c->ask = ends[0];
	return c->pid < 0 ? err : hz_child_do(c, settled, &none, &told);
}

int hz_child_do(struct hz_child *c, hz_deed deed, const struct hz_order *order,
		struct hz_told *told)
{
	struct request req = { .deed = deed, .order = *order };

	/* A pipe would raise SIGPIPE where nobody is left to ask. */
	if (send(c->ask, &req, sizeof(req), MSG_NOSIGNAL) != sizeof(req))
		return -ESRCH;
	return read(c->ask, told, sizeof(*told)) == sizeof(*told) ? 0 : -ESRCH;
}

int hz_child_stop(struct hz_child *c)
{
	const struct request leave = { 0 };
	int status = 0;

	/*
	 * Other children have inherited this end, so that closing it would
	 * tell the child nothing.
	 */
	if (c->ask >= 0) {
		send(c->ask, &leave, sizeof(leave), MSG_NOSIGNAL);
		close(c->ask);
	}
	if (c->pid > 0)
		waitpid(c->pid, &status, 0);
	*c = (struct hz_child){ .pid = -1, .ask = -1 };
	return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

void hz_deed_store(const struct hz_order *order, struct hz_told *told)
{
	char *at = order->at, value = order->arg[0];
	long before;

	/* Once before it counts: what it touches is then present. */
	hz_faults_of_test();
	before = hz_faults_of_test();
	hz_store(at, value);
	told->result = hz_faults_of_test() - before;
}

void hz_deed_look(const struct hz_order *order, struct hz_told *told)
{
	hz_look(order->at, &told->view);
}

void hz_deed_compare(const struct hz_order *order, struct hz_told *told)
{
	const long *arg = order->arg;

	told->result = hz_first_wrong(order->at, arg[0], arg[1], arg[2],
				      arg[3]);
	if (told->result >= 0)
		told->found = order->at[told->result];
}

void hz_deed_try_load(const struct hz_order *order, struct hz_told *told)
{
	int got = hz_try_load(order->at);

	told->result = got < 0 ? -got : 0;
}
