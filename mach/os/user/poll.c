/*
 * mach_port_pollfd: a descriptor that is readable while a message waits.
 *
 * A port or set has at most one channel (poll_end.h), to which every descriptor
 * of it belongs.  The core calls ipc_poll_changed with locks held: what is to
 * be shown is marked there, in a list of the thread's own, and shown when the
 * thread's call into the core is over.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "mach/core/queue.h"
#include "mach/core/set.h"
#include "mach/os/user/calls.h"
#include "mach/os/user/poll_end.h"
#include "mach/os/user/user_poll.h"

/* ipc_poll.state; above them, how often it became readable. */
#define STATE_READABLE 1u
#define STATE_GONE 2u /* the right left its space: never again otherwise */
#define STATE_EDGE 4u

struct ipc_poll {
	struct ipc_ref refs;	   /* object, `all`, a thread's list, callers */
	struct ipc_ring all;	   /* under all_lock */
	struct ipc_ring marked;	   /* of a thread's list, when `queued` */
	struct ipc_object *object; /* these two referenced until closed */
	struct ipc_space *space;
	uint32_t queued;
	uint32_t state; /* written under the object's lock */
	/* What the channel shows */
	struct ipc_mutex lock;
	struct poll_end end;
	bool closed;
	uint32_t shown; /* state */
	uint32_t bytes; /* in it, but for what users did */
	uint32_t puts;
};

#define POLL_ALL(r) IPC_RING_ITEM(r, struct ipc_poll, all)
#define POLL_MARKED(r) IPC_RING_ITEM(r, struct ipc_poll, marked)
#define SWEEP_MIN 64
/* As often as that, who gets messages is asked whether anyone polls. */
#define PUTS_PER_LOOK 64

uint32_t user_poll_limit = UINT32_MAX;
uint32_t user_poll_any;

static pthread_once_t once = PTHREAD_ONCE_INIT;
/* Before a poll's lock; after those of the core. */
static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER;
static struct ipc_ring *all;
static uint32_t all_count, sweep_at = SWEEP_MIN;
static _Thread_local struct ipc_ring *marked;

static void
poll_unref(struct ipc_poll *poll)
{
	if (!ipc_ref_put(&poll->refs))
		return;
	ipc_mutex_destroy(&poll->lock);
	ipc_mem_free(IPC_MEM_OBJECT, poll, sizeof(*poll));
}

/*
 * A child of fork shares the channels, which follow its parent's ports.  Its
 * copies of the ports have none.
 */

static void
fork_prepare(void)
{
	pthread_mutex_lock(&all_lock);
}

static void
fork_parent(void)
{
	pthread_mutex_unlock(&all_lock);
}

static void
fork_child(void)
{
	struct ipc_poll *poll;
	struct ipc_ring *r;

	while ((r = ipc_ring_pop(&all)) != NULL) {
		poll = POLL_ALL(r);
		/* Whoever had the locks is not here. */
		ipc_mutex_init(&poll->lock, IPC_LOCK_LEAF);
		if (!poll->closed)
			poll_end_close(&poll->end);
		poll->closed = true;
		if (poll->object != NULL && poll->object->poll == poll)
			poll->object->poll = NULL;
	}
	marked = NULL;
	all_count = 0;
	pthread_mutex_unlock(&all_lock);
}

static void
start(void)
{
	(void)pthread_atfork(fork_prepare, fork_parent, fork_child);
	__atomic_store_n(&user_poll_any, 1, __ATOMIC_RELEASE);
}

/*
 * Marking
 */

static void
mark(struct ipc_poll *poll)
{
	if (__atomic_exchange_n(&poll->queued, 1, __ATOMIC_ACQ_REL) != 0)
		return; /* another thread shows what there is by then */
	ipc_ref_get(&poll->refs);
	ipc_ring_append(&marked, &poll->marked);
}

static uint32_t
state_of(const struct ipc_object *object, uint32_t before)
{
	const struct ipc_port *port = (const struct ipc_port *)object;
	const struct ipc_set *set = (const struct ipc_set *)object;
	bool some;

	if (object->dead || (!object->is_set && port->receiver == NULL))
		return (before | STATE_GONE);
	some = object->is_set ? set->ready != NULL : port->messages != NULL;
	if (!some)
		return (before & ~STATE_READABLE);
	if (before & STATE_READABLE)
		return (before);
	return ((before + STATE_EDGE) | STATE_READABLE);
}

void
ipc_poll_changed(struct ipc_object *object)
{
	struct ipc_poll *poll = object->poll;
	uint32_t state;

	if (poll == NULL)
		return;
	ipc_mutex_assert(&object->lock);
	state = state_of(object, poll->state);
	if (state == poll->state)
		return;
	ipc_store_release(&poll->state, state);
	mark(poll);
	if (state & STATE_GONE) {
		object->poll = NULL;
		poll_unref(poll);
	}
}

/*
 * Showing
 */

/* Off all lists; whoever closed it calls this, without a lock. */
static void
leave(struct ipc_poll *poll)
{
	struct ipc_object *object = poll->object;
	bool had = false;

	if (object != NULL) {
		ipc_mutex_lock(&object->lock);
		had = object->poll == poll;
		if (had)
			object->poll = NULL;
		ipc_mutex_unlock(&object->lock);
	}
	if (had)
		poll_unref(poll);
	pthread_mutex_lock(&all_lock);
	/* A sweep takes off itself what it closes. */
	if (poll->all.next != NULL) {
		ipc_ring_remove(&all, &poll->all);
		all_count--;
	}
	pthread_mutex_unlock(&all_lock);
	if (object != NULL)
		ipc_object_unref(object);
	(void)__atomic_sub_fetch(&poll->space->npolls, 1, __ATOMIC_RELAXED);
	ipc_space_unref(poll->space);
	poll_unref(poll);
}

static void
close_locked(struct ipc_poll *poll)
{
	ipc_mutex_assert(&poll->lock);
	poll->closed = true;
	poll_end_close(&poll->end);
}

/*
 * It became readable.  When it was before, for a moment, one more byte is an
 * edge for those who wait for edges.
 */
static void
put(struct ipc_poll *poll)
{
	if (poll->bytes == POLL_BYTES_MAX) {
		poll_end_take(&poll->end, POLL_BYTES_MAX - 1);
		poll->bytes = 1;
	}
	poll_end_put(&poll->end);
	poll->bytes++;
}

/* Makes the channel what is marked; false when that was the end of it. */
static bool
show_locked(struct ipc_poll *poll)
{
	uint32_t state = ipc_load_acquire(&poll->state);

	if (state & STATE_GONE) {
		/* Both a byte and the end: poll(2) says POLLIN, too. */
		poll_end_put(&poll->end);
		close_locked(poll);
		return (false);
	}
	if (!(state & STATE_READABLE)) {
		if (poll->bytes != 0)
			poll_end_take(&poll->end, POLL_BYTES_MAX);
		poll->bytes = 0;
	} else if (state != poll->shown) {
		put(poll);
		if (++poll->puts % PUTS_PER_LOOK == 0 &&
		    !poll_end_used(&poll->end)) {
			close_locked(poll);
			return (false);
		}
	}
	poll->shown = state;
	return (true);
}

static void
show(struct ipc_poll *poll)
{
	bool ended;

	(void)__atomic_exchange_n(&poll->queued, 0, __ATOMIC_ACQ_REL);
	ipc_mutex_lock(&poll->lock);
	ended = !poll->closed && !show_locked(poll);
	ipc_mutex_unlock(&poll->lock);
	if (ended)
		leave(poll);
	poll_unref(poll);
}

void
user_poll_show(void)
{
	struct ipc_ring *r;
	int saved;

	if (marked == NULL)
		return;
	ipc_order_none();
	saved = errno;
	while ((r = ipc_ring_pop(&marked)) != NULL)
		show(POLL_MARKED(r));
	errno = saved;
}

/*
 * Sweeping
 */

void
user_poll_sweep(void)
{
	struct ipc_ring *dead = NULL, *r, *next;
	struct ipc_poll *poll;
	bool unused;

	pthread_mutex_lock(&all_lock);
	for (r = all; r != NULL; r = next) {
		next = ipc_ring_next(all, r);
		poll = POLL_ALL(r);
		ipc_mutex_lock(&poll->lock);
		unused = !poll->closed && !poll_end_used(&poll->end);
		if (unused)
			close_locked(poll);
		ipc_mutex_unlock(&poll->lock);
		if (unused) {
			ipc_ring_remove(&all, &poll->all);
			ipc_ring_append(&dead, &poll->all);
			all_count--;
		}
	}
	sweep_at = all_count < SWEEP_MIN / 2 ? SWEEP_MIN : 2 * all_count;
	pthread_mutex_unlock(&all_lock);
	while ((r = ipc_ring_pop(&dead)) != NULL)
		leave(POLL_ALL(r));
}

uint32_t
user_poll_count(void)
{
	uint32_t n;

	pthread_mutex_lock(&all_lock);
	n = all_count;
	pthread_mutex_unlock(&all_lock);
	return (n);
}

/* One more of the space's, if it may have more. */
static bool
space_charge(struct ipc_space *space)
{
	if (ipc_add(&space->npolls, 1) < user_poll_limit)
		return (true);
	(void)__atomic_sub_fetch(&space->npolls, 1, __ATOMIC_RELAXED);
	return (false);
}

/*
 * Attaching
 */

static kern_return_t
result_of(int error)
{
	if (error == 0)
		return (KERN_SUCCESS);
	return (error == ENOTSUP ? KERN_NOT_SUPPORTED : KERN_RESOURCE_SHORTAGE);
}

/* A channel with one descriptor, of no object yet. */
static kern_return_t
poll_create(struct ipc_space *space, struct ipc_poll **made, int *fd)
{
	struct ipc_poll *poll;
	kern_return_t kr;
	bool due;

	(void)pthread_once(&once, start);
	pthread_mutex_lock(&all_lock);
	due = all_count >= sweep_at;
	pthread_mutex_unlock(&all_lock);
	if (due)
		user_poll_sweep();
	if (!space_charge(space)) {
		user_poll_sweep();
		if (!space_charge(space))
			return (KERN_RESOURCE_SHORTAGE);
	}
	poll = ipc_mem_alloc(IPC_MEM_OBJECT, sizeof(*poll), IPC_ZERO);
	kr = poll == NULL ? KERN_RESOURCE_SHORTAGE
			  : result_of(poll_end_create(&poll->end, fd));
	if (kr != KERN_SUCCESS) {
		ipc_mem_free(IPC_MEM_OBJECT, poll, sizeof(*poll));
		(void)__atomic_sub_fetch(&space->npolls, 1, __ATOMIC_RELAXED);
		return (kr);
	}
	ipc_ref_init(&poll->refs);
	ipc_mutex_init(&poll->lock, IPC_LOCK_LEAF);
	ipc_ref_get(&space->refs);
	poll->space = space;
	pthread_mutex_lock(&all_lock);
	ipc_ring_append(&all, &poll->all);
	all_count++;
	pthread_mutex_unlock(&all_lock);
	*made = poll;
	return (KERN_SUCCESS);
}

/* One that was of no use: another thread's was first, or the right is gone. */
static void
poll_discard(struct ipc_poll *poll, int fd)
{
	bool mine;

	close(fd);
	ipc_mutex_lock(&poll->lock);
	/* Not if a sweep was between. */
	mine = !poll->closed;
	if (mine)
		close_locked(poll);
	ipc_mutex_unlock(&poll->lock);
	if (mine)
		leave(poll);
}

/* The locked object gets its channel. */
static void
poll_install(struct ipc_poll *poll, struct ipc_object *object)
{
	ipc_mutex_assert(&object->lock);
	ipc_ref_get(&object->refs);
	poll->object = object;
	ipc_ref_get(&poll->refs);
	object->poll = poll;
	ipc_poll_changed(object);
}

/* One more descriptor; KERN_ABORTED when it is being closed. */
static kern_return_t
poll_open(struct ipc_poll *poll, int *fd)
{
	kern_return_t kr = KERN_ABORTED;

	ipc_mutex_lock(&poll->lock);
	if (!poll->closed)
		kr = result_of(poll_end_open(&poll->end, fd));
	ipc_mutex_unlock(&poll->lock);
	return (kr);
}

/* The port or set of a receive right or set, locked. */
static kern_return_t
object_lock(
    struct ipc_space *space, mach_port_name_t name, struct ipc_object **object)
{
	struct ipc_entry *entry;

	if (!ipc_space_lock(space))
		return (KERN_INVALID_TASK);
	entry = ipc_entry_find(space, name);
	if (entry == NULL ||
	    !(entry->type & (IPC_TYPE_RECEIVE | IPC_TYPE_SET))) {
		ipc_space_unlock(space);
		return (entry == NULL ? KERN_INVALID_NAME : KERN_INVALID_RIGHT);
	}
	*object = entry->object;
	ipc_mutex_lock(&(*object)->lock);
	ipc_space_unlock(space);
	return (KERN_SUCCESS);
}

kern_return_t
user_poll_attach(struct ipc_space *space, mach_port_name_t name, int *fd)
{
	struct ipc_poll *made = NULL, *poll;
	struct ipc_object *object;
	kern_return_t kr;
	int made_fd = -1;

	for (;;) {
		kr = object_lock(space, name, &object);
		if (kr != KERN_SUCCESS)
			break;
		poll = object->poll;
		if (poll != NULL) {
			ipc_ref_get(&poll->refs);
		} else if (made != NULL) {
			poll_install(made, object);
			ipc_mutex_unlock(&object->lock);
			*fd = made_fd;
			made = NULL;
			break;
		}
		ipc_mutex_unlock(&object->lock);
		if (poll == NULL) {
			kr = poll_create(space, &made, &made_fd);
			if (kr != KERN_SUCCESS)
				break;
			continue;
		}
		kr = poll_open(poll, fd);
		poll_unref(poll);
		if (kr != KERN_ABORTED)
			break;
		/* Who closes it takes it off the object soon. */
		(void)sched_yield();
	}
	if (made != NULL)
		poll_discard(made, made_fd);
	user_poll_flush();
	return (kr);
}

/* (task, name, *fd) */
kern_return_t
user_port_pollfd(struct ipc_call *call)
{
	kern_return_t kr;
	int fd;

	kr = user_poll_attach(
	    call->arg[0].v.task->space, (mach_port_name_t)call->raw[1], &fd);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (!ipc_os_copyout(call->thread, &fd, call->raw[2], sizeof(fd))) {
		close(fd);
		return (KERN_INVALID_ADDRESS);
	}
	return (KERN_SUCCESS);
}
