#include "build/helper.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/fail.h"
#include "build/host.h"

static void
close_pair(int fds[2])
{
	if (fds[0] >= 0)
		(void)close(fds[0]);
	if (fds[1] >= 0)
		(void)close(fds[1]);
}

bool
helper_start(struct helper *h,
    void (*run)(void *context, int report_fd, int life_fd), void *context,
    int *report_fd, struct error *e)
{
	int report[2] = { -1, -1 }, life[2] = { -1, -1 };

	if (pipe2(report, O_CLOEXEC) != 0 || pipe2(life, O_CLOEXEC) != 0 ||
	    fcntl(report[0], F_SETFL, O_NONBLOCK) != 0 ||
	    (h->pid = fork()) < 0) {
		fail(e, errno, "start helper", NULL, NULL);
		close_pair(report);
		close_pair(life);
		return (false);
	}
	if (h->pid == 0) {
		(void)close(life[1]);
		(void)signal(SIGPIPE, SIG_IGN);
		run(context, report[1], life[0]);
		_exit(0);
	}
	(void)close(report[1]);
	(void)close(life[0]);
	h->life_fd = life[1];
	*report_fd = report[0];
	return (true);
}

int
helper_ended(struct helper *h)
{
	int status = 0;

	(void)close(h->life_fd);
	h->life_fd = -1;
	while (waitpid(h->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return (status);
}

void
helper_kill(struct helper *h)
{
	if (h->life_fd < 0)
		return;
	(void)kill(h->pid, SIGKILL);
	(void)helper_ended(h);
}

/* ---- in the helper ---- */

static void
orphaned(int signo)
{
	(void)signo;
	_exit(1);
}

/*
 * Recovery has the journal, and does all again.  SIGIO's default differs
 * between systems.
 */
static bool
watch_life(int fd)
{
	struct sigaction sa = { .sa_handler = orphaned };
	struct pollfd p = { fd, POLLIN, 0 };
	sigset_t set;

	(void)sigemptyset(&sa.sa_mask);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGIO);
	if (sigaction(SIGIO, &sa, NULL) != 0 ||
	    sigprocmask(SIG_UNBLOCK, &set, NULL) != 0 ||
	    fcntl(fd, F_SETOWN, getpid()) != 0 ||
	    fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK) != 0)
		return (false);
	return (poll(&p, 1, 0) == 0);
}

bool
helper_confine(const int *fds, size_t n, int life_fd, struct error *e)
{
	if (!watch_life(life_fd))
		_exit(1);
	return (descriptors_close_except(fds, n, e) && host_confine(fds, n, e));
}
