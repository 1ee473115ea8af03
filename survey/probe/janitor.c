/*
 * The process that undoes a run, however the run ends.  See runner.h.
 */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/tree.h"
#include "survey/probe/runner.h"

void
probe_signals_reset(void)
{
	struct sigaction sa;
	sigset_t none;
	int sig;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_DFL;
	for (sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &sa, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

bool
probe_record_send(int fd, const struct probe_record *r)
{
	ssize_t n;

	/* Smaller than PIPE_BUF: written whole or not at all. */
	do {
		n = write(fd, r, sizeof(*r));
	} while (n < 0 && errno == EINTR);
	return (n == (ssize_t)sizeof(*r));
}

static bool
send_failed(int fd, int err, const char *step)
{
	struct probe_record r;

	memset(&r, 0, sizeof(r));
	r.index = PROBE_RECORD_FAILED;
	r.err = err;
	(void)snprintf(r.detail, sizeof(r.detail), "%s", step);
	return (probe_record_send(fd, &r));
}

/*
 * Nothing in the scratch directory is secret and probes that drop privilege
 * must reach their directory through it: 0711.
 */
static bool
make_scratch(const struct probe_run *run)
{
	struct probe_ledger *l = run->ledger;
	char path[PATH_MAX], dir[PATH_MAX];
	int n;

	/* Mount tables name real paths. */
	if (realpath(run->parent_dir, dir) == NULL)
		return (false);
	n = snprintf(path, sizeof(path), "%s/isthmus-probe-%ld-XXXXXX",
	    strcmp(dir, "/") == 0 ? "" : dir, (long)l->janitor);
	/* Room for the names that probes make below it. */
	if (n < 0 || (size_t)n >= sizeof(path) - NAME_MAX) {
		errno = ENAMETOOLONG;
		return (false);
	}
	if (mkdtemp(path) == NULL)
		return (false);
	memcpy(l->scratch, path, (size_t)n + 1);
	(void)snprintf(path + n, sizeof(path) - (size_t)n, "/" PROBE_OUTSIDE);
	return (chmod(l->scratch, 0711) == 0 && mkdir(path, 0755) == 0);
}

/* Ends when the caller or the runner does. */
static void
wait_for_end(int lifeline, int runner)
{
	struct pollfd p[2] = { { lifeline, POLLIN, 0 }, { runner, POLLIN, 0 } };

	while (poll(p, 2, -1) < 0 && errno == EINTR)
		;
}

/* Removes the scratch directory, an absolute path, and all in it. */
static bool
remove_scratch(const char *path)
{
	char parent[PATH_MAX], *slash;
	bool done;
	int fd;

	(void)snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	if (slash == NULL)
		return (false);
	*slash = '\0';
	fd = open(parent[0] == '\0' ? "/" : parent,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return (errno == ENOENT);
	done = tree_remove(fd, slash + 1, NULL);
	(void)close(fd);
	return (done);
}

bool
probe_undo(struct probe_ledger *l, char *left, size_t size)
{
	probe_ledger_undo(l);
	if (l->scratch[0] == '\0')
		return (true);
	if (!cleanup_mounts(l->scratch)) {
		(void)snprintf(left, size, "a mount below %s", l->scratch);
		return (false);
	}
	if (!remove_scratch(l->scratch)) {
		(void)snprintf(left, size, "%s", l->scratch);
		return (false);
	}
	l->scratch[0] = '\0';
	return (true);
}

static pid_t
start_runner(const struct probe_run *run, int records, int lifeline, int *ended)
{
	pid_t pid, self = getpid();
	int end[2];

	if (pipe(end) != 0)
		return (-1);
	pid = fork();
	if (pid == 0) {
		(void)close(end[0]);
		(void)close(lifeline);
		if (!host_die_with(self))
			_exit(1);
		probe_runner_main(run, records);
	}
	(void)close(end[1]);
	*ended = end[0];
	return (pid);
}

_Noreturn void
probe_janitor_main(const struct probe_run *run, int lifeline, int records)
{
	struct probe_record r;
	bool clean;
	int ended;

	(void)setsid();
	probe_signals_reset();
	/* Only SIGKILL may stop this process, and then the caller cleans. */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGQUIT, SIG_IGN);
	host_allow_missing_calls();
	(void)umask(022);
	run->ledger->janitor = getpid();
	(void)host_reaper_acquire();
	if (!make_scratch(run))
		(void)send_failed(records, errno, "make scratch directory");
	else if (start_runner(run, records, lifeline, &ended) < 0)
		(void)send_failed(records, errno, "start the probe runner");
	else
		wait_for_end(lifeline, ended);

	memset(&r, 0, sizeof(r));
	r.index = PROBE_RECORD_LEFT;
	clean = cleanup_descendants();
	if (!clean)
		(void)snprintf(r.detail, sizeof(r.detail), "a process");
	if (!probe_undo(run->ledger, r.detail, sizeof(r.detail)))
		clean = false;
	if (!clean)
		(void)probe_record_send(records, &r);
	_exit(clean ? 0 : 1);
}
