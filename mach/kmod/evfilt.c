/*
 * EVFILT_MACHPORT: kqueue(2) waits for a port or set by its name, as on
 * Apple's systems, except that the filter has another number, which the kernel
 * has no use for, and that no message is received by it.  Off until sysctl or
 * tunable mach.evfilt names that number: a number that the kernel may need one
 * day is not taken unasked.
 */
#include "mach/kmod/kmod.h"
#include "mach/os/freebsd/compat.h"
#include "mach/os/freebsd/poll.h"

#include <sys/kernel.h>
#include <sys/proc.h>
#include <sys/sx.h>

static struct sx lock;
static int filter; /* 0: none */

static int
errno_of(kern_return_t kr)
{
	switch (kr) {
	case KERN_SUCCESS:
		return (0);
	case KERN_RESOURCE_SHORTAGE:
		return (ENOMEM);
	default:
		return (ENOENT);
	}
}

static int
note_attach(struct knote *kn)
{
	struct mach_thread *mt;
	struct ipc_poll *poll = NULL;
	int error;

	/* MACH_RCV_MSG and its like: it would have to be done here. */
	if (kn->kn_sfflags != 0)
		return (EOPNOTSUPP);
	error = mach_enter(curthread, &mt);
	if (error != 0)
		return (error);
	error = errno_of(mach_poll_attach(
	    mt->thread->task->space, (mach_port_name_t)kn->kn_id, &poll));
	mach_leave(mt);
	if (error != 0)
		return (error);
	kn->kn_hook = poll;
	knlist_add(&poll->waiters.si_note, kn, 0);
	return (0);
}

static void
note_detach(struct knote *kn)
{
	struct ipc_poll *poll = kn->kn_hook;

	knlist_remove(&poll->waiters.si_note, kn, 0);
	mach_poll_unref(poll);
}

/* The name of the port that has the message. */
static mach_port_name_t
ready_name(const struct ipc_object *object)
{
	const struct ipc_port *port = (const struct ipc_port *)object;
	const struct ipc_set *set = (const struct ipc_set *)object;

	if (object->is_set) {
		if (set->ready == NULL)
			return (MACH_PORT_NULL);
		/* It is in a set of its receiver's, and its name with it. */
		port = IPC_RING_ITEM(set->ready, struct ipc_member, in_ready)
			   ->port;
	}
	return (ipc_load_acquire(&port->receiver_name));
}

static int
note_event(struct knote *kn, long hint)
{
	struct ipc_poll *poll = kn->kn_hook;

	(void)hint;
	kn->kn_data = 0;
	if (poll->gone)
		kn->kn_flags |= EV_EOF;
	else if (mach_poll_readable(poll))
		kn->kn_data = ready_name(poll->object);
	return (mach_poll_readable(poll));
}

static const struct filterops note_ops = {
	.f_isfd = 0,
	.f_attach = note_attach,
	.f_detach = note_detach,
	.f_event = note_event,
};

/* EBUSY while a queue waits by it. */
static int
filter_set(int number)
{
	int error = 0;

	sx_assert(&lock, SA_XLOCKED);
	if (number == filter)
		return (0);
	if (number > 0)
		return (EINVAL);
	if (filter != 0)
		error = kqueue_del_filteropts(filter);
	if (error != 0)
		return (error);
	filter = 0;
	if (number != 0)
		error = kqueue_add_filteropts(
		    number, MACH_TABLE(struct filterops, &note_ops));
	if (error == 0)
		filter = number;
	return (error);
}

static int
evfilt(SYSCTL_HANDLER_ARGS)
{
	int error, number;

	(void)arg1;
	(void)arg2;
	sx_xlock(&lock);
	number = filter;
	sx_xunlock(&lock);
	error = sysctl_handle_int(oidp, &number, 0, req);
	if (error != 0 || req->newptr == NULL)
		return (error);
	sx_xlock(&lock);
	error = filter_set(number);
	sx_xunlock(&lock);
	return (error);
}

static struct sysctl_ctx_list context;

void
mach_evfilt_start(void)
{
	int error = 0, number = 0;

	sx_init(&lock, "mach evfilt");
	TUNABLE_INT_FETCH("mach.evfilt", &number);
	sx_xlock(&lock);
	if (number != 0)
		error = filter_set(number);
	sx_xunlock(&lock);
	if (error != 0)
		printf("mach: evfilt %d: error %d\n", number, error);
	sysctl_ctx_init(&context);
	SYSCTL_ADD_PROC(&context, SYSCTL_STATIC_CHILDREN(_mach), OID_AUTO,
	    "evfilt", CTLTYPE_INT | CTLFLAG_RW | CTLFLAG_MPSAFE, NULL, 0,
	    evfilt, "I", "Number of EVFILT_MACHPORT, -12 mostly; 0: none");
}

void
mach_evfilt_stop(void)
{
	int error;

	(void)sysctl_ctx_free(&context);
	/* No note is left (mach_poll_count()); one may be about to fail. */
	do {
		sx_xlock(&lock);
		error = filter_set(0);
		sx_xunlock(&lock);
		if (error != 0)
			pause("machev", 2);
	} while (error != 0);
	sx_destroy(&lock);
}
