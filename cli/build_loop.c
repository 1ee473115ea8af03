/*
 * The loop of `isthmus build`: the executor's descriptors, signals, a
 * standard output that goes away, and the time to draw.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "cli/build.h"

static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

static int wake[2] = { -1, -1 };
static pid_t owner;
static volatile sig_atomic_t resized;

/*
 * The executor's children have this handler until they set their own, and
 * this pipe: a ^C that reaches them too counts once.
 */
static void
on_signal(int number)
{
	unsigned char byte;
	int saved;

	if (getpid() != owner)
		return;
	saved = errno;
	byte = (unsigned char)number;
	if (write(wake[1], &byte, 1) == -1) {
		/* Full of signals: more say nothing new. */
	}
	errno = saved;
}

static void
on_resize(int number)
{
	(void)number;
	resized = 1;
}

bool
loop_signals(struct error *e)
{
	struct sigaction sa = { .sa_flags = SA_RESTART }, old;
	size_t i;

	if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) == -1)
		return (fail(e, errno, "make pipe", NULL, NULL));
	owner = getpid();
	sigemptyset(&sa.sa_mask);
	sa.sa_handler = on_signal;
	for (i = 0; i < sizeof(ending) / sizeof(ending[0]); i++) {
		/* nohup(1), and a shell's background: they stay ignored. */
		if (sigaction(ending[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN)
			sigaction(ending[i], &sa, NULL);
	}
	sa.sa_handler = on_resize;
	sigaction(SIGWINCH, &sa, NULL);
	return (true);
}

struct loop {
	struct isth_executor *executor;
	struct watch *watch;
	struct pollfd *fds;
	size_t size;
	bool cancelled;
	int signal;
};

enum { FD_WAKE, FD_OUT, FD_FIRST };

enum {
	/* More than this does not wait for a reader: builders do. */
	WAITING_MAX = 1024 * 1024,
	DRAIN_MS = 5000
};

static const char *
signal_word(int number)
{
	switch (number) {
	case SIGINT:
		return ("SIGINT");
	case SIGTERM:
		return ("SIGTERM");
	case SIGHUP:
		return ("SIGHUP");
	default:
		return ("SIGQUIT");
	}
}

static void
cancel(struct loop *l, const char *why)
{
	if (l->cancelled)
		return;
	l->cancelled = true;
	watch_say(l->watch, "%s: ending %zu build%s, leaving nothing behind",
	    why, isth_executor_pending(l->executor),
	    isth_executor_pending(l->executor) == 1 ? "" : "s");
	isth_executor_cancel(l->executor, why);
}

static void
read_signals(struct loop *l)
{
	unsigned char byte;

	while (read(wake[0], &byte, 1) == 1) {
		if (l->signal != 0) {
			watch_say_running(l->watch);
			continue;
		}
		l->signal = byte;
		cancel(l, signal_word(byte));
	}
}

/* Descriptors and timeout; how many there are, 0 without memory. */
static size_t
gather(struct loop *l, int *timeout_ms)
{
	struct pollfd *fds;
	size_t n;

	for (;;) {
		*timeout_ms = -1;
		n = FD_FIRST + isth_executor_poll(l->executor,
				   l->fds + FD_FIRST,
				   l->size < FD_FIRST ? 0 : l->size - FD_FIRST,
				   timeout_ms);
		if (n <= l->size)
			return (n);
		fds = reallocarray(l->fds, n + 16, sizeof(*fds));
		if (fds == NULL)
			return (0);
		l->fds = fds;
		l->size = n + 16;
	}
}

/* Standard output, when it tells that nobody reads it, or that it takes more. */
static struct pollfd
out_poll(const struct watch *w, bool held)
{
	return ((struct pollfd){
	    w->outlet != NULL && !w->out_closed ? outlet_fd(w->outlet) : -1,
	    held || watch_waiting(w) > 0 ? POLLOUT : 0, 0 });
}

static bool
once(struct loop *l, struct error *e)
{
	bool held, redraw;
	int timeout_ms;
	size_t n;

	/* All of it may be taken before the poll, which must end then. */
	held = watch_waiting(l->watch) > WAITING_MAX;
	isth_executor_hold(l->executor, held);
	n = gather(l, &timeout_ms);
	if (n == 0)
		return (fail(e, ENOMEM, "poll builds", NULL, NULL));
	redraw = resized != 0;
	resized = 0;
	watch_tick(l->watch, redraw, &timeout_ms);
	if (l->watch->out_closed && !l->cancelled) {
		cancel(l, "standard output is closed or full");
		timeout_ms = 0; /* what that ended is for the dispatch */
	}
	l->fds[FD_WAKE] = (struct pollfd){ wake[0], POLLIN, 0 };
	l->fds[FD_OUT] = out_poll(l->watch, held);
	if (poll(l->fds, (nfds_t)n, timeout_ms) == -1) {
		if (errno != EINTR)
			return (fail(e, errno, "poll builds", NULL, NULL));
		return (true);
	}
	if (l->fds[FD_WAKE].revents != 0)
		read_signals(l);
	if ((l->fds[FD_OUT].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0 &&
	    !l->watch->out_closed) {
		l->watch->out_closed = true;
		l->watch->out_errno = EPIPE;
	}
	if (!isth_executor_dispatch(l->executor, e))
		return (false);
	return (true);
}

bool
loop_run(struct isth_executor *executor, struct watch *watch, int *signal,
    struct error *e)
{
	struct loop l = { .executor = executor, .watch = watch };
	bool ok;

	l.fds = calloc(FD_FIRST, sizeof(*l.fds));
	if (l.fds == NULL)
		return (fail(e, ENOMEM, "poll builds", NULL, NULL));
	l.size = FD_FIRST;
	ok = true;
	while (ok && isth_executor_pending(executor) > 0)
		ok = once(&l, e);
	free(l.fds);
	*signal = l.signal;
	return (ok);
}

void
loop_drain(struct watch *w, int *signal)
{
	struct pollfd fds[] = { { wake[0], POLLIN, 0 }, { -1, 0, 0 } };
	unsigned char byte;
	int n;

	for (watch_flush(w); !w->out_closed && watch_waiting(w) > 0;
	     watch_flush(w)) {
		fds[1] = out_poll(w, false);
		n = poll(fds, 2, *signal == 0 ? -1 : DRAIN_MS);
		if (n == 0) {
			w->out_closed = true;
			w->out_errno = ETIMEDOUT;
			return;
		}
		if (n > 0 && fds[0].revents != 0 &&
		    read(wake[0], &byte, 1) == 1 && *signal == 0)
			*signal = byte;
	}
}
