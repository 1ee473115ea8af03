/*
 * The server's transport: the process' connection to machd, and a channel for
 * each of its threads.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <isthmus/mach_embedded.h>
#include <mach/kern_return.h>

#include "mach/client/client.h"
#include "mach/os/user/fds.h"
#include "mach/os/user/shake.h"
#include "mach/os/user/signals.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct server_socket connection = { .fd = -1 };
static bool failed; /* no use in trying again */
static uint8_t token[MACH_SERVER_TOKEN];

static struct mach_embedded_names names;
static pthread_key_t exit_key;
static void (*exit_hook)(void);
static _Thread_local struct server_channel *channels;

/*
 * The connection
 */

/* What came of a request. */
enum said {
	SAID_NOTHING, /* the server is gone */
	SAID_NO,
	SAID_YES /* but without descriptors, when there was no room for them */
};

static enum said
request(uint32_t op, const uint8_t *with, struct mach_server_reply *reply,
    int fds[2])
{
	struct mach_server_request r = { .version = MACH_SERVER_VERSION,
		.op = op,
		.thread = server_thread_number() };
	struct fds came;
	ssize_t n;

	*reply = (struct mach_server_reply){ 0 };
	fds[0] = fds[1] = -1;
	if (with != NULL)
		memcpy(r.token, with, sizeof(r.token));
	if (!server_socket_ours(&connection) ||
	    fds_send(connection.fd, &r, sizeof(r), NULL, 0, 0) !=
		(ssize_t)sizeof(r))
		return (SAID_NOTHING);
	n = fds_receive(connection.fd, reply, sizeof(*reply), &came, 0);
	if (n == -1 && errno == EMSGSIZE)
		return (SAID_YES);
	if (came.n == 2 && !came.lost)
		memcpy(fds, came.fd, 2 * sizeof(int));
	else
		while (came.n > 0)
			close(came.fd[--came.n]);
	if (n != (ssize_t)sizeof(*reply))
		return (SAID_NOTHING);
	return (reply->error == 0 ? SAID_YES : SAID_NO);
}

/* Locked. */
static bool
connection_open(void)
{
	char path[512];
	int fd;

	if (connection.fd != -1 || failed)
		return (!failed);
	fd = server_connect(path, sizeof(path));
	/* A table of descriptors that is full may be otherwise later. */
	if (fd == -1 && (errno == EMFILE || errno == ENFILE))
		return (false);
	if (fd == -1) {
		fprintf(stderr, "libsystem_kernel: machd: %s: %s\n", path,
		    strerror(errno));
		failed = true;
		return (false);
	}
	server_socket_set(&connection, fd);
	return (true);
}

/*
 * Channels
 */

static struct server_channel *
channel_map(int fds[2], uint64_t size)
{
	struct server_channel *channel = calloc(1, sizeof(*channel));
	void *p = MAP_FAILED;

	fds[1] = fds_raise(fds[1]);
	if (channel != NULL && fds[1] != -1)
		p = mmap(
		    NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fds[0], 0);
	close(fds[0]);
	if (p == MAP_FAILED) {
		free(channel);
		if (fds[1] != -1)
			close(fds[1]);
		return (NULL);
	}
	channel->memory = p;
	channel->size = size;
	server_window_first(channel);
	server_socket_set(&channel->socket, fds[1]);
	return (channel);
}

static struct server_channel *
channel_open(void)
{
	static const uint8_t none[MACH_SERVER_TOKEN];
	struct server_channel *channel = NULL;
	struct mach_server_reply reply = { 0 };
	enum said said = SAID_NO;
	int fds[2] = { -1, -1 };
	bool first;
	sigset_t old;

	/* A handler that made a trap here would wait for the lock for ever. */
	signals_block(&old);
	pthread_mutex_lock(&lock);
	first = connection.fd == -1;
	if (connection_open()) {
		said = request(first ? MACH_SERVER_HELLO : MACH_SERVER_CHANNEL,
		    memcmp(token, none, sizeof(none)) != 0 ? token : NULL,
		    &reply, fds);
		memset(token, 0, sizeof(token));
		/* To who it is: it will say the same again. */
		if (said == SAID_NOTHING || (first && said == SAID_NO))
			failed = true;
	}
	pthread_mutex_unlock(&lock);
	if (fds[0] != -1)
		channel = channel_map(fds, reply.size);
	if (channel != NULL) {
		channel->next = channels;
		channels = channel;
		pthread_setspecific(exit_key, &exit_key);
	}
	signals_restore(&old);
	return (channel);
}

static struct server_channel *
channel_take(void)
{
	struct server_channel *channel;

	/* One that is busy is that of the code which a handler interrupted. */
	for (channel = channels; channel != NULL; channel = channel->next) {
		if (!channel->busy)
			return (channel);
	}
	return (channel_open());
}

/*
 * In a child that a handler forked in the middle of a trap, which goes on when
 * the handler returns: to find that its server is gone.
 */
static void
channel_orphan(struct server_channel *channel)
{
	(void)mmap(channel->memory, channel->size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANON | MAP_FIXED, -1, 0);
	server_socket_close(&channel->socket);
}

static void
channel_free(struct server_channel *channel)
{
	if (channel->grown)
		munmap(channel->window, channel->window_size);
	munmap(channel->memory, channel->size);
	server_socket_close(&channel->socket);
	free(channel);
}

/* A thread's end is told: its server's thread ends, too. */
static void
thread_exit(void *unused)
{
	struct server_channel *channel;

	(void)unused;
	ipc_shake();
	if (exit_hook != NULL && channels != NULL)
		exit_hook();
	while ((channel = channels) != NULL) {
		channels = channel->next;
		server_post_end(channel);
		channel_free(channel);
	}
}

static void
at_thread_exit(void (*hook)(void))
{
	__atomic_store_n(&exit_hook, hook, __ATOMIC_RELEASE);
}

/*
 * fork: a child has a task of its own, that inherits what its parent's has at
 * that moment.  It is known at once, so that it keeps that over exec.
 */

/* What fork_prepare() took away: under the lock. */
static sigset_t fork_signals;
static int fork_cancel;

static void
fork_prepare(void)
{
	struct mach_server_reply reply;
	sigset_t signals;
	int fds[2], cancel;

	if (server_is_starting())
		return;
	/* As in channel_open(); and a fork is not where a thread may end. */
	signals_block(&signals);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	pthread_mutex_lock(&lock);
	fork_signals = signals;
	fork_cancel = cancel;
	memset(token, 0, sizeof(token));
	if (connection.fd != -1 && !failed &&
	    request(MACH_SERVER_FORK, NULL, &reply, fds) == SAID_YES)
		memcpy(token, reply.token, sizeof(token));
}

static void
fork_parent(void)
{
	sigset_t signals = fork_signals;
	int cancel = fork_cancel;

	if (server_is_starting())
		return;
	memset(token, 0, sizeof(token));
	pthread_mutex_unlock(&lock);
	pthread_setcancelstate(cancel, NULL);
	signals_restore(&signals);
}

static void
fork_child(void)
{
	struct server_channel *channel;
	bool was = connection.fd != -1;

	if (server_is_starting())
		return;
	pthread_mutex_init(&lock, NULL);
	server_socket_close(&connection);
	names = (struct mach_embedded_names){ 0 };
	mach_mig_forget();
	/* Those of other threads stay mapped, and are nobody's. */
	while ((channel = channels) != NULL) {
		channels = channel->next;
		if (channel->busy)
			channel_orphan(channel);
		else
			channel_free(channel);
	}
	ipc_shake();
	if (was)
		(void)channel_open();
	pthread_setcancelstate(fork_cancel, NULL);
	signals_restore(&fork_signals);
}

/*
 * The transport
 */

static uint64_t
server_trap(int number, const uint64_t *args, unsigned int nargs)
{
	static const uint64_t none[MACH_CHANNEL_ARGS];
	struct server_channel *channel;
	int saved = errno, cancel;
	uint64_t result;

	if (args == NULL)
		args = none;
	/* No trap is a place to end a thread, whatever it calls here. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	channel = channel_take();
	if (channel == NULL) {
		pthread_setcancelstate(cancel, NULL);
		errno = saved;
		return (server_refused(number, args, failed));
	}
	channel->busy = true;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (server_is_message(number)) {
		result = server_trap_msg(channel, number, args, nargs);
	} else if (server_is_memory(number)) {
		/* Pages may be others after that. */
		memset(channel->spans, 0, sizeof(channel->spans));
		result = server_trap_memory(channel, number, args, nargs);
	} else {
		result = server_trap_letters(channel, number, args, nargs);
	}
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	channel->busy = false;
	pthread_setcancelstate(cancel, NULL);
	errno = saved;
	return (result);
}

static struct mach_embedded_names *
names_of_process(void)
{
	return (&names);
}

const struct mach_transport *
mach_transport_server(void)
{
	static const struct mach_transport transport = {
		.trap = server_trap,
		.names = names_of_process,
		.at_thread_exit = at_thread_exit,
	};

	if (pthread_key_create(&exit_key, thread_exit) != 0 ||
	    pthread_atfork(fork_prepare, fork_parent, fork_child) != 0)
		return (NULL);
	return (&transport);
}
