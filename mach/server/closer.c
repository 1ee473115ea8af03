/*
 * Closing what clients sent.  That may last as long as they wish (SO_LINGER,
 * close(2)'s flush of a file system of theirs), and is not for a thread that
 * others wait for.  What one user brought is not waited for by another's.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mach/server/server.h"

#define CLOSERS 8u /* of one user */
#define STACK_SIZE (64u << 10)

struct closing {
	struct closing *next;
	int fd;
};

/* What of one user is to be closed, as long as there is some. */
struct user {
	struct user *next;
	uid_t uid;
	uint32_t closers;
	struct closing *first;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct user *users;

/* Locked; NULL: no memory. */
static struct user *
user_get(uid_t uid)
{
	struct user *u;

	for (u = users; u != NULL; u = u->next) {
		if (u->uid == uid)
			return (u);
	}
	u = calloc(1, sizeof(*u));
	if (u != NULL) {
		u->uid = uid;
		u->next = users;
		users = u;
	}
	return (u);
}

/* Locked. */
static void
user_free(struct user *u)
{
	struct user **p;

	for (p = &users; *p != u; p = &(*p)->next)
		;
	*p = u->next;
	free(u);
}

static void *
closer_main(void *arg)
{
	struct user *u = arg;
	struct closing *c;

	for (;;) {
		pthread_mutex_lock(&lock);
		c = u->first;
		if (c != NULL)
			u->first = c->next;
		else if (--u->closers == 0)
			user_free(u);
		pthread_mutex_unlock(&lock);
		if (c == NULL)
			return (NULL);
		close(c->fd);
		free(c);
		ipc_add(&server.files, (uint64_t)-1);
	}
}

/* Locked.  False: there is none, and none can be made. */
static bool
closer_start(struct user *u)
{
	pthread_attr_t attr;
	pthread_t thread;
	int error;

	if (u->closers == CLOSERS)
		return (true);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	error = pthread_create(&thread, &attr, closer_main, u);
	pthread_attr_destroy(&attr);
	u->closers += error == 0;
	return (u->closers != 0);
}

/* False: nobody can do it. */
static bool
closing_add(uid_t uid, struct closing *c)
{
	struct user *u;
	bool ok = false;

	pthread_mutex_lock(&lock);
	u = user_get(uid);
	if (u != NULL) {
		ok = closer_start(u);
		if (ok) {
			c->next = u->first;
			u->first = c;
		} else {
			user_free(u);
		}
	}
	pthread_mutex_unlock(&lock);
	return (ok);
}

/* Memory, as most of them are, and what has no end to wait for. */
static bool
closes_at_once(int fd)
{
	struct stat st;

#ifdef IPC_DEBUG
	/* So that a test sees what comes of it. */
	if (getenv("MACHD_NO_CLOSER") != NULL)
		return (true);
#endif
	return (fcntl(fd, F_GET_SEALS) != -1 ||
		(fstat(fd, &st) == 0 &&
		    (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode))));
}

void
server_close(uid_t uid, int fd)
{
	struct closing *c = closes_at_once(fd) ? NULL : malloc(sizeof(*c));

	if (c != NULL) {
		c->fd = fd;
		ipc_add(&server.files, 1);
		if (closing_add(uid, c))
			return;
		ipc_add(&server.files, (uint64_t)-1);
		free(c);
	}
	close(fd);
}

void
server_hang_up(uid_t uid, int fd)
{
	char byte;

	/* Nothing more comes; what is queued may have descriptors in it. */
	(void)shutdown(fd, SHUT_RDWR);
	if (recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) > 0)
		server_close(uid, fd);
	else
		close(fd);
}
