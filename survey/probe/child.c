/*
 * The life of one probe: what its process is given before the probe's
 * function is called, and how the answer leaves it.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "survey/probe/runner.h"

enum { ANSWER_FD = 3 };

/* Its empty directory, and the one beside it; false with errno. */
static bool
child_directories(const struct probe_run *run, struct probe_context *ctx,
    char *dir, char *outside, size_t size)
{
	(void)snprintf(dir, size, "%s/%u", run->ledger->scratch, ctx->number);
	(void)snprintf(
	    outside, size, "%s/%u-outside", run->ledger->scratch, ctx->number);
	ctx->dir = dir;
	ctx->outside = outside;
	return (mkdir(dir, 0755) == 0 && mkdir(outside, 0755) == 0 &&
		chdir(dir) == 0);
}

static struct probe_answer
child_answer(const struct probe_run *run, size_t item)
{
	const struct probe *row = run->items[item].row;
	struct probe_context ctx;
	char dir[PATH_MAX + 32], outside[PATH_MAX + 32];

	memset(&ctx, 0, sizeof(ctx));
	ctx.number = (unsigned)item;
	ctx.root = geteuid() == 0;
	/*
	 * Where mount namespaces exist, a probe that mounts does so in its
	 * own; a host that refuses one leaves it to the janitor.
	 */
	if (ctx.root && (row->flags & PROBE_ROOT) != 0)
		(void)host_private_mounts();
	if (!child_directories(run, &ctx, dir, outside, sizeof(dir)))
		return (probe_state(
		    ISTH_STATE_FAILED, errno, "making the probe's directory"));
	return (row->fn(&ctx));
}

_Noreturn void
probe_child_main(
    const struct probe_run *run, size_t item, pid_t runner, int answer)
{
	struct probe_answer a;

	(void)setsid();
	if (!host_die_with(runner))
		_exit(1);
	probe_signals_reset();
	host_allow_missing_calls();
	/* 0, 1 and 2 are the runner's: /dev/null. */
	if (answer != ANSWER_FD && dup2(answer, ANSWER_FD) < 0)
		_exit(1);
	host_close_from(ANSWER_FD + 1);
	(void)fcntl(ANSWER_FD, F_SETFD, FD_CLOEXEC);
	a = child_answer(run, item);
	a.detail[sizeof(a.detail) - 1] = '\0';
	/* PIPE_BUF is more: all of it goes at once. */
	if (write(ANSWER_FD, &a, sizeof(a)) != (ssize_t)sizeof(a))
		_exit(1);
	_exit(0);
}
