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
#include <time.h>
#include <unistd.h>

#include "mach/os/user/user_poll.h"
#include "mach/server/loop.h"

#define TOKENS_MS 1000 /* until tokens are looked at */
#define BUSY_NS UINT64_C(20000000)
#define ACCEPT_MAX 256
#define REAP_MS 50 /* until threads that shall end are told again */

/* What the core has in use, where that is counted. */
static void
memory_print(FILE *out)
{
#ifdef IPC_DEBUG
	static const char *const kinds[IPC_MEM_KINDS] = {
		[IPC_MEM_PORT] = "ports",
		[IPC_MEM_SET] = "sets",
		[IPC_MEM_MEMBER] = "members",
		[IPC_MEM_MESSAGE] = "messages",
		[IPC_MEM_RIGHTS] = "rights",
		[IPC_MEM_SPACE] = "spaces",
		[IPC_MEM_REQUEST] = "requests",
		[IPC_MEM_TASK] = "tasks",
		[IPC_MEM_OBJECT] = "objects",
	};
	int i;

	fputs("machd: bytes of", out);
	for (i = 0; i < IPC_MEM_KINDS; i++)
		fprintf(out, " %s %ju", kinds[i],
		    (uintmax_t)ipc_load_acquire(&user_mem_bytes[i]));
	fputc('\n', out);
#else
	(void)out;
#endif
}

static void
stats_print(FILE *out)
{
	struct session *s;
	uint32_t sessions = 0, threads = 0;

	for (s = server.sessions; s != NULL; s = s->next) {
		sessions += s->task != NULL;
		threads += ipc_load_acquire(&s->nthreads);
	}
	fprintf(out,
	    "machd: tasks %u threads %u connections %ju descriptors %ju "
	    "of %ju\n",
	    sessions, threads, (uintmax_t)server.connections,
	    (uintmax_t)(ipc_load_acquire(&server.files) +
			ipc_load_acquire(&user_descriptors)),
	    (uintmax_t)server.files_max);
	memory_print(out);
	for (s = server.sessions; s != NULL; s = s->next)
		fprintf(out,
		    "machd: pid %d uid %u threads %u descriptors %ju%s\n",
		    (int)s->who.pid, (unsigned)s->who.uid,
		    ipc_load_acquire(&s->nthreads),
		    (uintmax_t)ipc_load_acquire(&s->files),
		    s->fd == -1 ? " (not connected)" : "");
	fflush(out);
}

/* Some; those who are here already are heard between. */
static void
accept_some(struct loop *l)
{
	int fd, n = 0;

	while (n < ACCEPT_MAX && (fd = accept4(l->listen, NULL, NULL,
				      SOCK_CLOEXEC | SOCK_NONBLOCK)) != -1) {
		(void)session_create(fd);
		n++;
	}
	/* Without descriptors they wait outside, and are not asked after. */
	l->full = n < ACCEPT_MAX && (errno == EMFILE || errno == ENFILE ||
					errno == ENOMEM || errno == ENOBUFS);
}

static void
children_reap(struct loop *l)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == l->command) {
			l->command = 0;
			l->status = WIFEXITED(status) ? WEXITSTATUS(status)
						      : 128 + WTERMSIG(status);
			l->ends = true;
		} else if (pid == server.bootstrap_pid && !l->ends) {
			fprintf(stderr,
			    "machd: the bootstrap server ended (%s %d)\n",
			    WIFEXITED(status) ? "exit status" : "signal",
			    WIFEXITED(status) ? WEXITSTATUS(status)
					      : WTERMSIG(status));
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
		else if (!run_tell(l, byte)) {
			l->ends = true;
			/* What was to be run has not, or goes on. */
			if (l->argv != NULL || l->command != 0)
				l->status = 128 + byte;
		}
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
	(void)pollfd_add(l, &n, l->full ? -1 : l->listen);
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

/* Once it can have what it was started for. */
static void
command_start(struct loop *l)
{
	if (l->argv == NULL || !l->ready || l->ends || run_start(l))
		return;
	l->ends = true;
	l->status = 3;
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
	command_start(l);
}

/* Everyone's rights are given back; clients find their channels dead. */
static void
sessions_end(void)
{
	struct session *s;
	int tries;

	for (s = server.sessions; s != NULL; s = s->next)
		session_gone(s);
	(void)session_tokens_expire(0, true);
	for (tries = 0; !sessions_reap() && tries < 100; tries++)
		usleep(1000);
}

/* By others than the bootstrap server. */
static bool
used(void)
{
	struct session *s;

	for (s = server.sessions; s != NULL; s = s->next) {
		if (s->who.pid != server.bootstrap_pid)
			return (true);
	}
	return (false);
}

static int
timeout_of(const struct loop *l, bool reaped, bool tokens, uint64_t now)
{
	uint64_t left;

	if (!reaped || l->full)
		return (REAP_MS);
	if (tokens)
		return (TOKENS_MS);
	if (l->idle_ms == 0 || used())
		return (-1);
	left = l->idle_since + (uint64_t)l->idle_ms * 1000000;
	return (left <= now ? 0 : (int)((left - now) / 1000000) + 1);
}

/*
 * Who floods the main thread with requests shall not have the processor for
 * it: once it has worked for a while, it works half of the time.
 */
static void
rest(struct loop *l, uint64_t began)
{
	uint64_t now = ipc_clock_now(), busy = now - began;
	uint64_t idle = began - l->rested;
	struct timespec ts = { 0, (long)(busy < 1000000 ? busy : 1000000) };

	l->busy = l->busy > idle ? l->busy - idle : 0;
	l->busy += busy;
	l->rested = now;
	if (l->busy > BUSY_NS)
		(void)nanosleep(&ts, NULL);
}

int
loop_run(struct loop *l)
{
	bool reaped = true, tokens;
	uint64_t now, began;
	size_t n;

	proc_comes_soon();
	command_start(l);
	l->idle_since = l->rested = ipc_clock_now();
	while (!l->ends) {
		n = pollfds_make(l);
		now = ipc_clock_now();
		tokens = !session_tokens_expire(now, false);
		if (poll(l->fds, n, timeout_of(l, reaped, tokens, now)) == -1 &&
		    errno != EINTR)
			return (3);
		began = ipc_clock_now();
		signals_take(l);
		sessions_serve(l, n);
		user_poll_flush();
		root_take(l);
		/* Those who left first: how many there may be is limited. */
		reaped = sessions_reap();
		accept_some(l);
		now = ipc_clock_now();
		if (used())
			l->idle_since = now;
		else if (l->idle_ms != 0 &&
			 now >= l->idle_since + (uint64_t)l->idle_ms * 1000000)
			l->ends = true;
		rest(l, began);
	}
	bootstrap_end();
	sessions_end();
	if (l->stats)
		stats_print(stderr);
	free(l->fds);
	return (l->status);
}
