/*
 * The main thread: connections, processes that end, signals.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mach/server/loop.h"

#define REAP_MS 50 /* until threads that shall end are told again */

static void
stats_print(FILE *out)
{
	struct session *s;
	uint32_t sessions = 0, threads = 0;

	for (s = server.sessions; s != NULL; s = s->next) {
		sessions += s->task != NULL;
		threads += s->nthreads;
	}
	fprintf(out,
	    "machd: tasks %u threads %u connections %ju descriptors %ju "
	    "of %ju\n",
	    sessions, threads, (uintmax_t)server.connections,
	    (uintmax_t)ipc_load_acquire(&server.files),
	    (uintmax_t)server.files_max);
	for (s = server.sessions; s != NULL; s = s->next)
		fprintf(out, "machd: pid %d uid %u threads %u descriptors %ju%s\n",
		    (int)s->who.pid, (unsigned)s->who.uid, s->nthreads,
		    (uintmax_t)s->files,
		    s->fd == -1 ? " (not connected)" : "");
	fflush(out);
}

static void
accept_all(struct loop *l)
{
	int fd;

	while ((fd = accept4(l->listen, NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK)) != -1)
		(void)session_create(fd);
}

static void
children_reap(struct loop *l)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == l->command) {
			l->status = WIFEXITED(status)
					? WEXITSTATUS(status)
					: 128 + WTERMSIG(status);
			l->ends = true;
		} else if (pid == server.bootstrap_pid && !l->ends) {
			fprintf(stderr,
			    "machd: the bootstrap server ended "
			    "(status %#x)\n",
			    (unsigned)status);
			server.bootstrap_pid = 0;
			l->ends = true;
			l->status = 3;
		}
	}
}

static void
signals_take(struct loop *l)
{
	char byte;

	while (read(l->signals, &byte, 1) == 1) {
		if (byte == SIGUSR1)
			stats_print(stderr);
		else if (byte == SIGCHLD)
			children_reap(l);
		else
			l->ends = true;
	}
}

static bool
pollfd_add(struct loop *l, size_t *n, int fd)
{
	if (*n == l->size) {
		size_t size = l->size == 0 ? 64 : 2 * l->size;
		struct pollfd *fds = realloc(l->fds, size * sizeof(*fds));

		if (fds == NULL)
			return (false);
		l->fds = fds;
		l->size = size;
	}
	l->fds[*n] = (struct pollfd){ .fd = fd, .events = POLLIN };
	++*n;
	return (true);
}

/* Who may speak: nobody but the bootstrap server before that is ready. */
static bool
may_speak(const struct loop *l, const struct session *s)
{
	return (l->ready || s->who.pid == server.bootstrap_pid);
}

static size_t
pollfds_make(struct loop *l)
{
	struct session *s;
	size_t n = 0;

	(void)pollfd_add(l, &n, l->signals);
	(void)pollfd_add(l, &n, l->listen);
	(void)pollfd_add(l, &n, l->root_ready);
	for (s = server.sessions; s != NULL; s = s->next) {
		if (!pollfd_add(l, &n, may_speak(l, s) ? s->fd : -1) ||
		    !pollfd_add(l, &n, s->watch))
			break;
	}
	return (n);
}

static void
sessions_serve(struct loop *l, size_t n)
{
	struct session *s, *next;
	size_t i = 3;

	/* New ones stand in front: those polled are the list's last. */
	for (s = server.sessions; s != NULL && i + 1 < n; s = next, i += 2) {
		next = s->next;
		if (s->watch != -1 && l->fds[i + 1].fd == s->watch &&
		    l->fds[i + 1].revents != 0)
			session_gone(s);
		else if (s->fd != -1 && l->fds[i].revents != 0 &&
			 !session_input(s))
			session_disconnect(s);
	}
}

/* False: some have threads that do not end yet. */
static bool
sessions_reap(void)
{
	struct session *s, *next;
	bool all = true;

	for (s = server.sessions; s != NULL; s = next) {
		next = s->next;
		if (s->fd == -1)
			all &= session_reap(s);
	}
	return (all);
}

static void
root_take(struct loop *l)
{
	char byte;

	if (l->root_ready == -1 || read(l->root_ready, &byte, 1) != 1)
		return;
	close(l->root_ready);
	l->root_ready = -1;
	l->ready = true;
}

/* Everyone's rights are given back; clients find their channels dead. */
static void
sessions_end(void)
{
	struct session *s;
	int tries;

	for (s = server.sessions; s != NULL; s = s->next)
		session_gone(s);
	session_tokens_expire(0, true);
	for (tries = 0; !sessions_reap() && tries < 100; tries++)
		usleep(1000);
}

static int
timeout_of(const struct loop *l, bool reaped, uint64_t now)
{
	uint64_t left;

	if (!reaped)
		return (REAP_MS);
	if (l->idle_ms == 0 || server.sessions != NULL)
		return (-1);
	left = l->idle_since + (uint64_t)l->idle_ms * 1000000;
	return (left <= now ? 0 : (int)((left - now) / 1000000) + 1);
}

int
loop_run(struct loop *l)
{
	bool reaped = true;
	uint64_t now;
	size_t n;

	l->idle_since = ipc_clock_now();
	while (!l->ends) {
		n = pollfds_make(l);
		now = ipc_clock_now();
		if (poll(l->fds, n, timeout_of(l, reaped, now)) == -1 &&
		    errno != EINTR)
			return (3);
		signals_take(l);
		sessions_serve(l, n);
		root_take(l);
		accept_all(l);
		reaped = sessions_reap();
		now = ipc_clock_now();
		if (server.sessions != NULL)
			l->idle_since = now;
		else if (l->idle_ms != 0 &&
			 now >= l->idle_since + (uint64_t)l->idle_ms * 1000000)
			l->ends = true;
	}
	sessions_end();
	if (l->stats)
		stats_print(stderr);
	free(l->fds);
	return (l->status);
}
