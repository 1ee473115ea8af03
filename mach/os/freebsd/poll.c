/*
 * mach_port_pollfd: a descriptor that is readable while a message waits.  Its
 * file follows the port or set by a record that the object points to, so that
 * each change of the queue finds who waits.
 *
 * The object's lock is that of kqueue's list, too: notes are looked at, and
 * activated, under the lock under which the queue changes.
 */
#include "mach/os/freebsd/poll.h"

#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/filio.h>
#include <sys/poll.h>
#include <sys/proc.h>
#include <sys/stat.h>
#include <sys/syscallsubr.h>
#include <sys/uio.h>
#include <sys/user.h>

#include "mach/os/freebsd/calls.h"
#include "mach/os/freebsd/compat.h"

/* No type of the system's own: nothing takes it for what it is not. */
#define DTYPE_MACH_PORT 0x4d50

static volatile u_int polls;

static const struct ipc_port *
port_of(const struct ipc_poll *poll)
{
	return ((const struct ipc_port *)poll->object);
}

static bool
object_readable(const struct ipc_object *object)
{
	if (object->is_set)
		return (((const struct ipc_set *)object)->ready != NULL);
	return (((const struct ipc_port *)object)->messages != NULL);
}

bool
mach_poll_readable(const struct ipc_poll *poll)
{
	return (poll->gone || object_readable(poll->object));
}

/* The number of messages; of a set it is not known. */
static uint32_t
messages(const struct ipc_poll *poll)
{
	if (poll->gone)
		return (0);
	if (poll->object->is_set)
		return (object_readable(poll->object));
	return (port_of(poll)->count);
}

void
ipc_poll_changed(struct ipc_object *object)
{
	struct ipc_poll *poll = object->poll;

	if (poll == NULL)
		return;
	ipc_mutex_assert(&object->lock);
	if (object->dead ||
	    (!object->is_set && port_of(poll)->receiver == NULL)) {
		poll->gone = true;
		object->poll = NULL;
	} else if (!object_readable(object)) {
		return;
	}
	selwakeup(&poll->waiters);
	KNOTE_LOCKED(&poll->waiters.si_note, 0);
}

unsigned int
mach_poll_count(void)
{
	return (polls);
}

/*
 * Attaching
 */

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
mach_poll_attach(
    struct ipc_space *space, mach_port_name_t name, struct ipc_poll **poll)
{
	struct ipc_poll *new;
	struct ipc_object *object;
	kern_return_t kr;

	new = ipc_mem_alloc(IPC_MEM_OBJECT, sizeof(*new), IPC_ZERO);
	if (new == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	kr = object_lock(space, name, &object);
	if (kr != KERN_SUCCESS) {
		ipc_mem_free(IPC_MEM_OBJECT, new, sizeof(*new));
		return (kr);
	}
	if (object->poll == NULL) {
		ipc_ref_get(&object->refs);
		new->object = object;
		knlist_init_mtx(&new->waiters.si_note, &object->lock.mtx);
		atomic_add_int(&polls, 1);
		object->poll = new;
		new = NULL;
	}
	*poll = object->poll;
	(*poll)->refs++;
	ipc_mutex_unlock(&object->lock);
	ipc_mem_free(IPC_MEM_OBJECT, new, sizeof(*new));
	return (KERN_SUCCESS);
}

void
mach_poll_unref(struct ipc_poll *poll)
{
	struct ipc_object *object = poll->object;
	bool last;

	ipc_mutex_lock(&object->lock);
	last = --poll->refs == 0;
	if (last && object->poll == poll)
		object->poll = NULL;
	ipc_mutex_unlock(&object->lock);
	if (!last)
		return;
	seldrain(&poll->waiters);
	knlist_destroy(&poll->waiters.si_note);
	ipc_object_unref(object);
	ipc_mem_free(IPC_MEM_OBJECT, poll, sizeof(*poll));
	/* Nothing but a return is left to do: mach_quiesce(). */
	atomic_subtract_int(&polls, 1);
}

/*
 * The file
 */

/* As long as a message waits, a byte; at the right's end, the file's. */
static int
file_read(struct file *fp, struct uio *uio, struct ucred *cred, int flags,
    struct thread *td)
{
	struct ipc_poll *poll = fp->f_data;
	bool readable, gone;
	char byte = 0;

	(void)cred;
	(void)flags;
	(void)td;
	ipc_mutex_lock(&poll->object->lock);
	gone = poll->gone;
	readable = mach_poll_readable(poll);
	ipc_mutex_unlock(&poll->object->lock);
	if (gone)
		return (0);
	return (readable ? uiomove(&byte, 1, uio) : EAGAIN);
}

static int
file_poll(struct file *fp, int events, struct ucred *cred, struct thread *td)
{
	struct ipc_poll *poll = fp->f_data;
	int revents = 0;

	(void)cred;
	ipc_mutex_lock(&poll->object->lock);
	if (mach_poll_readable(poll))
		revents = events & (POLLIN | POLLRDNORM);
	if (poll->gone)
		revents |= POLLHUP;
	if (revents == 0)
		selrecord(td, &poll->waiters);
	ipc_mutex_unlock(&poll->object->lock);
	return (revents);
}

static void
note_detach(struct knote *kn)
{
	struct ipc_poll *poll = kn->kn_fp->f_data;

	knlist_remove(&poll->waiters.si_note, kn, 0);
}

static int
note_event(struct knote *kn, long hint)
{
	struct ipc_poll *poll = kn->kn_fp->f_data;

	(void)hint;
	kn->kn_data = messages(poll);
	if (poll->gone)
		kn->kn_flags |= EV_EOF;
	return (mach_poll_readable(poll));
}

static const struct filterops note_ops = {
	.f_isfd = 1,
	.f_detach = note_detach,
	.f_event = note_event,
};

static int
file_kqfilter(struct file *fp, struct knote *kn)
{
	struct ipc_poll *poll = fp->f_data;

	if (kn->kn_filter != EVFILT_READ)
		return (EINVAL);
	kn->kn_fop = MACH_TABLE(struct filterops, &note_ops);
	knlist_add(&poll->waiters.si_note, kn, 0);
	return (0);
}

static int
file_stat(struct file *fp, struct stat *sb, struct ucred *cred MACH_STAT_THREAD)
{
	struct ipc_poll *poll = fp->f_data;

	(void)cred;
	memset(sb, 0, sizeof(*sb));
	sb->st_mode = S_IFIFO | S_IRUSR;
	ipc_mutex_lock(&poll->object->lock);
	sb->st_size = messages(poll);
	ipc_mutex_unlock(&poll->object->lock);
	return (0);
}

static int
file_close(struct file *fp, struct thread *td)
{
	struct ipc_poll *poll = fp->f_data;

	(void)td;
	fp->f_ops = &badfileops;
	fp->f_data = NULL;
	mach_poll_unref(poll);
	return (0);
}

/* What fcntl(2) does to all files, which has no meaning here. */
static int
file_ioctl(struct file *fp, u_long command, void *data, struct ucred *cred,
    struct thread *td)
{
	(void)fp;
	(void)data;
	(void)cred;
	(void)td;
	return (command == FIONBIO || command == FIOASYNC ? 0 : ENOTTY);
}

static int
file_kinfo(struct file *fp, struct kinfo_file *info, struct filedesc *fdp)
{
	struct ipc_poll *poll = fp->f_data;

	(void)fdp;
	info->kf_type = KF_TYPE_UNKNOWN;
	strlcpy(info->kf_path,
	    poll->object->is_set ? "[mach port set]" : "[mach port]",
	    sizeof(info->kf_path));
	return (0);
}

static const struct fileops file_ops = {
	.fo_read = file_read,
	.fo_write = invfo_rdwr,
	.fo_truncate = invfo_truncate,
	.fo_ioctl = file_ioctl,
	.fo_poll = file_poll,
	.fo_kqfilter = file_kqfilter,
	.fo_stat = file_stat,
	.fo_close = file_close,
	.fo_chmod = invfo_chmod,
	.fo_chown = invfo_chown,
	.fo_sendfile = invfo_sendfile,
	.fo_fill_kinfo = file_kinfo,
	.fo_flags = DFLAG_PASSABLE,
};

/* (task, name, *fd): closed on exec, as the other hosts' are. */
kern_return_t
host_port_pollfd(struct ipc_call *call)
{
	struct thread *td = curthread;
	struct ipc_poll *poll;
	struct file *fp;
	kern_return_t kr;
	int fd;

	kr = mach_poll_attach(
	    call->arg[0].v.task->space, (mach_port_name_t)call->raw[1], &poll);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (falloc(td, &fp, &fd, O_CLOEXEC) != 0) {
		mach_poll_unref(poll);
		return (KERN_RESOURCE_SHORTAGE);
	}
	finit(fp, FREAD, DTYPE_MACH_PORT, poll,
	    MACH_TABLE(struct fileops, &file_ops));
	if (!ipc_os_copyout(call->thread, &fd, call->raw[2], sizeof(fd))) {
		fdclose(td, fp, fd);
		kr = KERN_INVALID_ADDRESS;
	}
	fdrop(fp, td);
	return (kr);
}
