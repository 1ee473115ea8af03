/*
 * Processes: who they are, what task is theirs, and what becomes of it when
 * they fork, exec and end.  All of it on the main thread.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mach/os/user/fds.h"
#include "mach/os/user/shake.h"
#include "mach/server/server.h"

#define SESSIONS_MAX 1024u /* of one uid */
#define THREADS_MAX 1024u  /* of one process */
#define TOKENS_MAX 64u	   /* of one process */
#define TOKEN_LIFE UINT64_C(10000000000)
#define SWEEP_NS UINT64_C(10000000)

struct server server;

/* A child that is about to be: what it inherits is fixed when it is forked. */
struct token {
	struct token *next;
	uint8_t bytes[MACH_SERVER_TOKEN];
	struct ipc_task *task;
	uint64_t expires;
	uid_t uid;
	pid_t parent;
};
static struct token *tokens;

/* The other end of a connection is closed, which nobody has noticed yet. */
static bool
is_closed(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = 0 };

	return (
	    fd != -1 && poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLHUP) != 0);
}

static uint32_t
sessions_of(uid_t uid)
{
	struct session *s;
	uint32_t n = 0;

	for (s = server.sessions; s != NULL; s = s->next)
		n += s->who.uid == uid;
	return (n);
}

/* Who has left does not keep others out.  Not more often than makes sense. */
static void
sessions_sweep(void)
{
	static uint64_t last;
	struct session *s, *next;

	if (ipc_clock_now() - last < SWEEP_NS)
		return;
	for (s = server.sessions; s != NULL; s = next) {
		next = s->next;
		if (is_closed(s->fd))
			session_disconnect(s);
		if (s->fd == -1)
			(void)session_reap(s);
	}
	last = ipc_clock_now();
}

struct session *
session_create(int fd)
{
	struct session *s = calloc(1, sizeof(*s));
	uid_t uid = (uid_t)-1; /* as long as that is not known */

	if (s == NULL || proc_peer(fd, &s->who) != 0)
		goto fail;
	uid = s->who.uid;
	s->watch = -1;
	if (!server.system && s->who.uid != 0 && s->who.uid != geteuid())
		goto fail;
	if (sessions_of(s->who.uid) >= SESSIONS_MAX) {
		sessions_sweep();
		if (sessions_of(s->who.uid) >= SESSIONS_MAX)
			goto fail;
	}
	/* Now, not when it says who it is: the number may be another's then. */
	s->watch = proc_watch(s->who.pid);
	if (s->watch == -1)
		goto fail;
	ipc_ref_init(&s->refs);
	pthread_mutex_init(&s->lock, NULL);
	s->fd = fd;
	s->next = server.sessions;
	server.sessions = s;
	server.connections++;
	return (s);
fail:
	free(s);
	/* It may have sent descriptors already. */
	server_hang_up(uid, fd);
	return (NULL);
}

void
session_unref(struct session *s)
{
	if (!ipc_ref_put(&s->refs))
		return;
	pthread_mutex_destroy(&s->lock);
	free(s);
}

struct session *
session_of_pid(pid_t pid)
{
	struct session *s;

	for (s = server.sessions; s != NULL; s = s->next) {
		if (s->who.pid == pid && s->task != NULL)
			return (s);
	}
	return (NULL);
}

static struct ipc_credentials
credentials(const struct session *s)
{
	return ((struct ipc_credentials){ .auid = s->who.real_uid,
	    .euid = s->who.uid,
	    .egid = s->who.gid,
	    .ruid = s->who.real_uid,
	    .rgid = s->who.real_gid,
	    .pid = (uint32_t)s->who.pid,
	    .pidversion = s->who.version });
}

/*
 * Tokens
 */

static void
random_bytes(uint8_t *to, size_t n)
{
	uint32_t word;
	size_t i;

	for (i = 0; i < n; i += sizeof(word)) {
		word = ipc_random();
		memcpy(to + i, &word, sizeof(word));
	}
}

bool
session_tokens_expire(uint64_t now, bool all)
{
	struct token **p = &tokens, *t;

	while ((t = *p) != NULL) {
		if (all || t->expires <= now) {
			*p = t->next;
			ipc_task_destroy(t->task);
			free(t);
		} else {
			p = &t->next;
		}
	}
	return (tokens == NULL);
}

static int
token_create(struct session *s, uint8_t *bytes)
{
	struct ipc_credentials c = credentials(s);
	struct token *t;
	uint32_t n = 0;

	(void)session_tokens_expire(ipc_clock_now(), false);
	for (t = tokens; t != NULL; t = t->next)
		n += t->parent == s->who.pid;
	if (n >= TOKENS_MAX)
		return (EAGAIN);
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return (ENOMEM);
	t->task = ipc_task_create(server.host, s->task, &c);
	if (t->task == NULL) {
		free(t);
		return (ENOMEM);
	}
	random_bytes(t->bytes, sizeof(t->bytes));
	t->expires = ipc_clock_now() + TOKEN_LIFE;
	t->uid = s->who.uid;
	t->parent = s->who.pid;
	t->next = tokens;
	tokens = t;
	memcpy(bytes, t->bytes, sizeof(t->bytes));
	return (0);
}

/*
 * The task behind one, once; NULL: it is none, or no more.  EACCES: it is
 * another user's.
 */
static int
token_use(
    const struct session *s, const uint8_t *bytes, struct ipc_task **taskp)
{
	struct token **p, *t;
	uint8_t differ;
	int error = 0;
	size_t i;

	*taskp = NULL;

	(void)session_tokens_expire(ipc_clock_now(), false);
	for (p = &tokens; (t = *p) != NULL; p = &t->next) {
		for (differ = 0, i = 0; i < sizeof(t->bytes); i++)
			differ |= t->bytes[i] ^ bytes[i];
		if (differ != 0)
			continue;
		*p = t->next;
		if (t->uid != s->who.uid && s->who.uid != 0 && t->uid != 0) {
			ipc_task_destroy(t->task);
			error = EACCES;
		} else {
			*taskp = t->task;
		}
		free(t);
		break;
	}
	return (error);
}

/*
 * Requests
 */

/* The process of a watch has ended, which its session has not heard of yet. */
static bool
is_over(int watch)
{
	struct pollfd pfd = { .fd = watch, .events = POLLIN };

	return (watch != -1 && poll(&pfd, 1, 0) == 1);
}

/*
 * Whether what `from` left behind, or made, may be `s`'s: not what another user
 * prepared for a set-uid program.
 */
static bool
may_give(const struct session *from, const struct session *s)
{
	return (from->who.uid == 0 ||
		(from->who.uid == s->who.uid && from->who.gid == s->who.gid &&
		    s->who.real_uid == s->who.uid &&
		    s->who.real_gid == s->who.gid));
}

static int
task_of(struct session *s, const uint8_t *token)
{
	struct ipc_credentials c = credentials(s);
	struct session *other = session_of_pid(s->who.pid);
	int error;

	if (other != NULL && is_closed(other->fd)) {
		/* By exec, of which it comes. */
		session_disconnect(other);
		other = session_of_pid(s->who.pid);
	}
	if (other != NULL && is_over(other->watch)) {
		/* Its number was given to this one. */
		session_gone(other);
		other = NULL;
	}
	if (other != NULL && !may_give(other, s)) {
		/* Who still has the old connection is not this program. */
		session_gone(other);
		other = NULL;
	}
	if (other != NULL && other->fd != -1)
		return (EBUSY);
	if (other != NULL) {
		/* exec: it is the same task, that lost its rights then. */
		s->task = other->task;
		other->task = NULL;
		ipc_task_set_credentials(s->task, &c);
		return (0);
	}
	error = token_use(s, token, &s->task);
	if (error != 0)
		return (error);
	if (s->task != NULL) {
		ipc_task_set_credentials(s->task, &c);
		return (0);
	}
	/* posix_spawn(3), perhaps, or a fork so long ago that it is forgotten. */
	other = session_of_pid(proc_parent(s->who.pid));
	if (other != NULL && !may_give(other, s))
		other = NULL;
	s->task = ipc_task_create(
	    server.host, other != NULL ? other->task : server.root, &c);
	if (s->task == NULL)
		return (ENOMEM);
	if (server.root == NULL && s->who.pid == server.bootstrap_pid)
		server.root = s->task;
	return (0);
}

static int
hello(struct session *s, const struct mach_server_request *r)
{
	int error;

	if (s->greeted)
		return (EPROTO);
	error = is_over(s->watch) ? ESRCH : task_of(s, r->token);
	s->greeted = error == 0;
	return (error);
}

/* As recv(2).  Descriptors that come along are for nobody. */
static ssize_t
request_receive(const struct session *s, struct mach_server_request *r)
{
	struct fds fds;
	uint32_t i;
	ssize_t n;

	n = fds_receive(s->fd, r, sizeof(*r), &fds, MSG_DONTWAIT | MSG_TRUNC);
	for (i = 0; i < fds.n; i++)
		server_close(s->who.uid, fds.fd[i]);
	/* They are a reason to end it. */
	return (fds.n == 0 && !fds.lost ? n : 0);
}

/* Of all processes of one user: descriptors are for others, too. */
static uint32_t
threads_of(uid_t uid)
{
	struct session *s;
	uint32_t n = 0;

	for (s = server.sessions; s != NULL; s = s->next) {
		if (s->who.uid == uid)
			n += ipc_load_acquire(&s->nthreads);
	}
	return (n);
}

/*
 * A process whose table of descriptors was full never had the channel that it
 * was sent last: that ends.
 */
static void
lost_end(struct session *s)
{
	struct thread *t;

	pthread_mutex_lock(&s->lock);
	t = s->threads;
	if (t != NULL && is_closed(t->fd))
		thread_end(t);
	pthread_mutex_unlock(&s->lock);
}

bool
session_input(struct session *s)
{
	struct mach_server_reply reply = { .version = MACH_SERVER_VERSION };
	struct mach_server_request r;
	int fds[2] = { -1, -1 };
	ssize_t n;
	bool ok;

	ipc_shake();
	n = request_receive(s, &r);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return (true);
	if (n != (ssize_t)sizeof(r))
		return (false);
	if (r.version != MACH_SERVER_VERSION)
		reply.error = EPROTONOSUPPORT;
	else if (r.op == MACH_SERVER_HELLO)
		reply.error = (uint32_t)hello(s, &r);
	else if (!s->greeted)
		reply.error = EPROTO;
	else if (r.op == MACH_SERVER_FORK)
		reply.error = (uint32_t)token_create(s, reply.token);
	else if (r.op != MACH_SERVER_CHANNEL)
		reply.error = EPROTO;
	else if (ipc_load_acquire(&s->nthreads) >= THREADS_MAX)
		reply.error = EAGAIN;
	if (reply.error == 0 && r.op != MACH_SERVER_FORK &&
	    threads_of(s->who.uid) >= server.threads_max)
		reply.error = EAGAIN;
	if (reply.error == 0 && r.op != MACH_SERVER_FORK) {
		lost_end(s);
		reply.error = (uint32_t)thread_create(s, r.thread, fds);
		reply.size = MACH_CHANNEL_SIZE;
	}
	ok = fds_send(s->fd, &reply, sizeof(reply), fds, fds[0] == -1 ? 0 : 2,
		 MSG_DONTWAIT) == (ssize_t)sizeof(reply);
	if (fds[0] != -1) {
		close(fds[0]);
		close(fds[1]);
	}
	/* Who cannot even say who it is has nothing more to say. */
	return (ok && s->greeted);
}

/*
 * Ends
 */

static void
threads_end(struct session *s)
{
	struct thread *t;

	pthread_mutex_lock(&s->lock);
	for (t = s->threads; t != NULL; t = t->next)
		thread_end(t);
	pthread_mutex_unlock(&s->lock);
}

void
session_disconnect(struct session *s)
{
	struct ipc_credentials c = credentials(s);

	if (s->fd != -1)
		server_hang_up(s->who.uid, s->fd);
	s->fd = -1;
	threads_end(s);
	if (s->task == NULL) {
		s->ending = true;
	} else if (ipc_task_exec(s->task, &c) != KERN_SUCCESS) {
		/* Without memory for its ports it is a task no more. */
		session_gone(s);
	}
}

void
session_gone(struct session *s)
{
	ipc_shake();
	if (s->fd != -1)
		server_hang_up(s->who.uid, s->fd);
	s->fd = -1;
	if (s->watch != -1)
		close(s->watch);
	s->watch = -1;
	threads_end(s);
	if (s->task != NULL) {
		if (s->task == server.root)
			server.root = NULL;
		ipc_task_destroy(s->task);
	}
	s->task = NULL;
	s->ending = true;
}

bool
session_reap(struct session *s)
{
	struct session **p;
	bool none;

	pthread_mutex_lock(&s->lock);
	none = s->threads == NULL;
	pthread_mutex_unlock(&s->lock);
	if (!none) {
		/* A client may have put our kick out. */
		threads_end(s);
		return (false);
	}
	if (!s->ending && s->task != NULL)
		return (true);
	for (p = &server.sessions; *p != s; p = &(*p)->next)
		;
	*p = s->next;
	if (s->watch != -1)
		close(s->watch);
	session_unref(s);
	return (true);
}
