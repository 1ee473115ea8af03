/*
 * The life of one probe: what its process is given before the probe's
 * function is called, and how the answer leaves it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "survey/probe/runner.h"

enum { ANSWER_FD = 3 };

static struct probe_answer
child_answer(const struct probe_run *run, size_t item, unsigned directory)
{
	const struct probe *row = run->items[item].row;
	struct probe_context ctx;
	char dir[PATH_MAX + 32], outside[PATH_MAX + 32];

	memset(&ctx, 0, sizeof(ctx));
	ctx.number = (unsigned)item;
	ctx.root = geteuid() == 0;
	(void)snprintf(
	    dir, sizeof(dir), "%s/%u", run->ledger->scratch, directory);
	ctx.dir = dir;
	(void)snprintf(outside, sizeof(outside), "%s/" PROBE_OUTSIDE,
	    run->ledger->scratch);
	ctx.outside = outside;
	/*
	 * Where mount namespaces exist, a probe that mounts does so in its
	 * own; a host that refuses one leaves it to the janitor.
	 */
	if (ctx.root && (row->flags & PROBE_ROOT) != 0)
		(void)host_private_mounts();
	if (chdir(dir) != 0)
		return (probe_state(ISTH_STATE_FAILED, errno,
		    "entering the probe's directory"));
	return (row->fn(&ctx));
}

/* What the runner has changed for itself. */
static void
child_signals(void)
{
	sigset_t none;

	(void)signal(SIGCHLD, SIG_DFL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	host_allow_missing_calls();
}

_Noreturn void
probe_child_main(const struct probe_run *run, size_t item, unsigned directory,
    pid_t runner, int answer)
{
	struct probe_answer a;

	(void)setsid();
	if (!host_die_with(runner))
		_exit(1);
	child_signals();
	/* 0, 1 and 2 are the janitor's: /dev/null. */
	if (answer != ANSWER_FD && dup2(answer, ANSWER_FD) < 0)
		_exit(1);
	host_close_from(ANSWER_FD + 1);
	(void)fcntl(ANSWER_FD, F_SETFD, FD_CLOEXEC);
	a = child_answer(run, item, directory);
	a.detail[sizeof(a.detail) - 1] = '\0';
	/* PIPE_BUF is more: all of it goes at once. */
	if (write(ANSWER_FD, &a, sizeof(a)) != (ssize_t)sizeof(a))
		_exit(1);
	_exit(0);
}
