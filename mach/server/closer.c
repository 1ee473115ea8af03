/*
 * Closing what clients sent.  That may last as long as they wish (SO_LINGER,
 * close(2)'s flush of a file system of theirs), and is not for a thread that
 * others wait for.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mach/server/server.h"

#define CLOSERS 16u
#define STACK_SIZE (64u << 10)

struct closing {
	struct closing *next;
	int fd;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct closing *first;
static uint32_t closers;

static void *
closer_main(void *unused)
{
	struct closing *c;

	(void)unused;
	for (;;) {
		pthread_mutex_lock(&lock);
		c = first;
		if (c != NULL)
			first = c->next;
		else
			closers--;
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
closer_start(void)
{
	pthread_attr_t attr;
	pthread_t thread;
	int error;

	if (closers == CLOSERS)
		return (true);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	error = pthread_create(&thread, &attr, closer_main, NULL);
	pthread_attr_destroy(&attr);
	closers += error == 0;
	return (closers != 0);
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
server_close(int fd)
{
	struct closing *c;

	if (closes_at_once(fd)) {
		close(fd);
		return;
	}
	c = malloc(sizeof(*c));
	if (c == NULL) {
		close(fd);
		return;
	}
	c->fd = fd;
	ipc_add(&server.files, 1);
	pthread_mutex_lock(&lock);
	c->next = first;
	first = c;
	if (!closer_start()) {
		first = c->next;
		pthread_mutex_unlock(&lock);
		ipc_add(&server.files, (uint64_t)-1);
		close(fd);
		free(c);
		return;
	}
	pthread_mutex_unlock(&lock);
}

void
server_hang_up(int fd)
{
	char byte;

	/* Nothing more comes; what is queued may have descriptors in it. */
	(void)shutdown(fd, SHUT_RDWR);
	if (recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) > 0)
		server_close(fd);
	else
		close(fd);
}
