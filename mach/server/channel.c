/*
 * Threads of clients, and the traps that they make.  Whoever acts for a
 * thread holds its state: its own thread here, or another's that woke it and
 * does the rest of its trap at once, so that a message goes from sender to
 * receiver with one change of threads each way.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mach/os/user/futex.h"
#include "mach/os/user/shake.h"
#include "mach/os/user/user_poll.h"
#include "mach/server/server.h"

#define STACK_SIZE (128u << 10)

_Thread_local struct thread *thread_current;
/* Whose own thread this is. */
static _Thread_local struct thread *own;
/* Those that this thread woke and has to act for. */
static _Thread_local struct thread *handed, *handed_last;

static pthread_mutex_t free_lock = PTHREAD_MUTEX_INITIALIZER;
static struct thread *free_threads;

static uint32_t
load(const uint32_t *p)
{
	return (__atomic_load_n(p, __ATOMIC_SEQ_CST));
}

static bool
change(struct thread *t, uint32_t from, uint32_t to)
{
	return (__atomic_compare_exchange_n(
	    &t->state, &from, to, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
}

static void
thread_kick(struct thread *t)
{
	pthread_mutex_lock(&t->lock);
	if (t->channel != NULL) {
		__atomic_fetch_or(
		    &t->channel->in, MACH_CHANNEL_KICK, __ATOMIC_SEQ_CST);
		futex_wake_shared(&t->channel->in, 1);
	}
	pthread_mutex_unlock(&t->lock);
}

void
thread_end(struct thread *t)
{
	__atomic_store_n(&t->dying, 1, __ATOMIC_SEQ_CST);
	thread_kick(t);
}

void
ipc_os_wake(struct ipc_thread *mach)
{
	struct thread *t = __atomic_load_n(&mach->os, __ATOMIC_SEQ_CST);

	if (t == NULL)
		return;
	for (;;) {
		ipc_shake();
		switch (load(&t->state)) {
		case THREAD_ACTIVE:
			if (change(t, THREAD_ACTIVE, THREAD_ACTIVE_WOKEN))
				return;
			break;
		case THREAD_PARKED:
			if (own == NULL) {
				if (change(t, THREAD_PARKED,
					THREAD_PARKED_WOKEN)) {
					thread_kick(t);
					return;
				}
			} else if (change(t, THREAD_PARKED, THREAD_ACTIVE)) {
				t->handed = NULL;
				if (handed == NULL)
					handed = t;
				else
					handed_last->handed = t;
				handed_last = t;
				return;
			}
			break;
		default:
			return;
		}
	}
}

/*
 * Traps
 */

/* The trap is done: its client goes on. */
static void
complete(struct thread *t, uint64_t result)
{
	struct mach_channel *c = t->channel;
	uint32_t seq = t->seq, asleep;
	char byte = 0;
	bool dying, others = own != t;

	c->result = result;
	c->yield = t->call.yield;
	window_end(t);
	user_poll_flush();
	/* Its own thread may end at once, and the channel with it. */
	if (others)
		pthread_mutex_lock(&t->lock);
	ipc_shake();
	dying = load(&t->dying) != 0;
	__atomic_store_n(&t->state, THREAD_IDLE, __ATOMIC_SEQ_CST);
	/* From here on the client may begin another. */
	__atomic_store_n(&c->out, seq, __ATOMIC_SEQ_CST);
	ipc_shake();
	asleep = load(&c->asleep);
	if (asleep == MACH_CHANNEL_FUTEX)
		futex_wake_shared(&c->out, 1);
	else if (asleep == MACH_CHANNEL_SOCKET)
		(void)send(t->fd, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (others)
		pthread_mutex_unlock(&t->lock);
	if (dying)
		thread_kick(t);
}

/* It waits: true unless it was woken meanwhile. */
static bool
park(struct thread *t)
{
	__atomic_store_n(&t->deadline, t->call.deadline, __ATOMIC_RELAXED);
	ipc_shake();
	if (!change(t, THREAD_ACTIVE, THREAD_PARKED)) {
		__atomic_store_n(&t->state, THREAD_ACTIVE, __ATOMIC_SEQ_CST);
		return (false);
	}
	/* Its own thread sleeps, and knows another deadline. */
	if (own != t)
		thread_kick(t);
	return (true);
}

/* For one that is held and was parked: goes on with its trap. */
static void
resume(struct thread *t)
{
	thread_current = t;
	do {
		/* thread_abort() */
		if (__atomic_exchange_n(&t->user.abort, 0, __ATOMIC_SEQ_CST))
			ipc_cancel(t->mach, IPC_CANCEL_INTERRUPT);
		if (ipc_resume(t->mach)) {
			complete(t, t->call.result);
			return;
		}
	} while (!park(t));
}

/* And then for all that were woken by what was done. */
static void
hand_over(void)
{
	struct thread *t;

	while (handed != NULL) {
		t = handed;
		handed = t->handed;
		resume(t);
	}
}

static void
begin(struct thread *t)
{
	struct mach_channel *c = t->channel;
	uint64_t args[MACH_CHANNEL_ARGS];
	uint32_t number = load(&c->number), nargs = load(&c->nargs);
	kern_return_t kr;
	uint64_t result;

	t->call.yield = false;
	thread_current = t;
	if (nargs > MACH_CHANNEL_ARGS)
		nargs = MACH_CHANNEL_ARGS;
	memcpy(args, c->args, sizeof(args));
	kr = window_begin(t);
	if (kr != KERN_SUCCESS) {
		complete(t, (uint64_t)(int64_t)kr);
		return;
	}
	if (number == MACH_CHANNEL_GROW) {
		result = window_grow(t, args[0]) ? KERN_SUCCESS
						 : KERN_RESOURCE_SHORTAGE;
		complete(t, result);
		return;
	}
	if (number == MACH_CHANNEL_ENTRY) {
		complete(t, call_entry(t, (uint32_t)args[0], args[1]));
		return;
	}
	if (number == MACH_CHANNEL_TASK) {
		complete(t, call_task(t, (uint32_t)args[0], args[1]));
		return;
	}
	if (ipc_trap_call(t->mach, (int)number, args, nargs, &t->call))
		complete(t, t->call.result);
	else if (!park(t))
		resume(t);
}

/* Takes a parked one; false when another has it. */
static bool
claim(struct thread *t)
{
	return (change(t, THREAD_PARKED, THREAD_ACTIVE) ||
		change(t, THREAD_PARKED_WOKEN, THREAD_ACTIVE));
}

/* Why a parked one shall look at its wait now; false: it need not. */
static bool
look(struct thread *t, uint32_t in, uint32_t state)
{
	enum ipc_cancel why = IPC_CANCEL_INTERRUPT;
	uint64_t deadline = __atomic_load_n(&t->deadline, __ATOMIC_RELAXED);
	bool cancel = true;

	if (load(&t->dying))
		why = IPC_CANCEL_EXIT;
	else if (deadline != IPC_FOREVER && ipc_clock_now() >= deadline)
		why = IPC_CANCEL_TIMEOUT;
	else if (!(in & MACH_CHANNEL_INTERRUPT) ||
		 in / MACH_CHANNEL_TRAP != t->seq)
		cancel = false;
	if (!cancel && state != THREAD_PARKED_WOKEN)
		return (false);
	if (!claim(t))
		return (true);
	if (cancel) {
		if (why == IPC_CANCEL_INTERRUPT)
			__atomic_fetch_and(&t->channel->in,
			    ~MACH_CHANNEL_INTERRUPT, __ATOMIC_SEQ_CST);
		ipc_cancel(t->mach, why);
	}
	resume(t);
	return (true);
}

/* Sleeps and serves until the thread is no more. */
static void
serve(struct thread *t)
{
	struct mach_channel *c = t->channel;
	uint32_t in, state;

	for (;;) {
		user_poll_flush();
		ipc_shake();
		in = load(&c->in);
		if (in & MACH_CHANNEL_KICK) {
			__atomic_fetch_and(
			    &c->in, ~MACH_CHANNEL_KICK, __ATOMIC_SEQ_CST);
			in &= ~MACH_CHANNEL_KICK;
		}
		state = load(&t->state);
		if (state == THREAD_IDLE) {
			if (load(&t->dying))
				return;
			if (in / MACH_CHANNEL_TRAP != t->seq) {
				t->seq = in / MACH_CHANNEL_TRAP;
				if (load(&c->number) == MACH_CHANNEL_END)
					return;
				__atomic_store_n(
				    &t->state, THREAD_ACTIVE, __ATOMIC_SEQ_CST);
				begin(t);
				hand_over();
				continue;
			}
			(void)futex_wait_shared(&c->in, in, IPC_FOREVER);
		} else if (state == THREAD_PARKED ||
			   state == THREAD_PARKED_WOKEN) {
			if (look(t, in, state))
				hand_over();
			else
				(void)futex_wait_shared(&c->in, in,
				    __atomic_load_n(
					&t->deadline, __ATOMIC_RELAXED));
		} else {
			/* Another acts for it, and kicks or tells it. */
			(void)futex_wait_shared(&c->in, in, IPC_FOREVER);
		}
	}
}

/*
 * Their beginning and end
 */

/* Memory of a channel, mapped and as a descriptor that nobody can shorten. */
static int
channel_memory(uint64_t size, void **p)
{
	int fd, error;

	fd = server_memory_create(size, true);
	if (fd == -1)
		return (-1);
	*p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (*p == MAP_FAILED) {
		error = errno;
		close(fd);
		errno = error;
		return (-1);
	}
	return (fd);
}

static struct thread *
thread_take(void)
{
	struct thread *t;

	pthread_mutex_lock(&free_lock);
	t = free_threads;
	if (t != NULL)
		free_threads = t->next;
	pthread_mutex_unlock(&free_lock);
	if (t == NULL) {
		t = calloc(1, sizeof(*t));
		if (t != NULL)
			pthread_mutex_init(&t->lock, NULL);
	}
	return (t);
}

static void
thread_give(struct thread *t)
{
	pthread_mutex_lock(&free_lock);
	t->next = free_threads;
	free_threads = t;
	pthread_mutex_unlock(&free_lock);
}

/* All of it but the session's list. */
static void
thread_release(struct thread *t)
{
	if (t->mach != NULL) {
		ipc_mutex_lock(&t->mach->lock);
		__atomic_store_n(&t->mach->os, NULL, __ATOMIC_SEQ_CST);
		ipc_mutex_unlock(&t->mach->lock);
		ipc_thread_destroy(t->mach);
		t->mach = NULL;
	}
	ipc_shake();
	/* Whom its end has woken. */
	hand_over();
	user_poll_flush();
	window_reset(t);
	pthread_mutex_lock(&t->lock);
	/* With what was never taken from it. */
	if (t->fd != -1)
		server_hang_up(t->session->who.uid, t->fd);
	t->fd = -1;
	if (t->channel != NULL)
		munmap(t->channel, t->size);
	t->channel = NULL;
	pthread_mutex_unlock(&t->lock);
	if (t->grown)
		munmap(t->window, t->window_size);
	t->grown = false;
	thread_give(t);
}

static void
session_remove(struct session *s, struct thread *t)
{
	struct thread **p;

	pthread_mutex_lock(&s->lock);
	for (p = &s->threads; *p != t; p = &(*p)->next)
		;
	*p = t->next;
	ipc_add(&s->nthreads, (uint32_t)-1);
	pthread_mutex_unlock(&s->lock);
}

static void *
thread_main(void *arg)
{
	struct thread *t = arg;
	struct session *s = t->session;

	own = t;
	proc_yields_to_clients();
	serve(t);
	session_remove(s, t);
	thread_release(t);
	session_unref(s);
	return (NULL);
}

static int
thread_start(struct thread *t)
{
	pthread_attr_t attr;
	int error;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	error = pthread_create(&t->user.pthread, &attr, thread_main, t);
	pthread_attr_destroy(&attr);
	return (error);
}

int
thread_create(struct session *s, uint64_t client_thread, int fds[2])
{
	struct thread *t = thread_take();
	int sockets[2] = { -1, -1 }, memory = -1, error = ENOMEM;
	void *p = NULL;

	if (t == NULL)
		return (ENOMEM);
	t->session = s;
	t->client_thread = client_thread;
	t->state = THREAD_IDLE;
	t->seq = t->dying = t->user.abort = 0;
	t->fd = -1;
	t->size = MACH_CHANNEL_SIZE;
	t->mach = ipc_thread_create(s->task);
	if (t->mach == NULL)
		goto fail;
	memory = channel_memory(t->size, &p);
	if (memory == -1 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC,
				0, sockets) != 0) {
		error = errno;
		goto fail;
	}
	t->channel = p;
	window_first(t);
	t->segments = t->own_segments;
	t->nsegments = t->nfds = t->nout = 0;
	t->fd = sockets[0];
	t->user.id = client_thread;
	ipc_mutex_lock(&t->mach->lock);
	__atomic_store_n(&t->mach->os, t, __ATOMIC_SEQ_CST);
	ipc_mutex_unlock(&t->mach->lock);
	pthread_mutex_lock(&s->lock);
	t->next = s->threads;
	s->threads = t;
	ipc_add(&s->nthreads, 1);
	pthread_mutex_unlock(&s->lock);
	ipc_ref_get(&s->refs);
	error = thread_start(t);
	if (error == 0) {
		fds[0] = memory;
		fds[1] = sockets[1];
		return (0);
	}
	session_remove(s, t);
	session_unref(s);
fail:
	if (memory != -1)
		close(memory);
	if (sockets[1] != -1)
		close(sockets[1]);
	thread_release(t);
	return (error);
}
