/*
 * Fileports: ports that stand for a descriptor, which so travels in messages.
 * The rights that Capsicum leaves it go with it.
 */
#include "mach/core/kobject.h"
#include "mach/core/space.h"
#include "mach/os/freebsd/calls.h"
#include "mach/os/freebsd/compat.h"

#include <sys/capsicum.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/jail.h>
#include <sys/proc.h>
#include <sys/sysctl.h>
#include <sys/ucred.h>
#include <sys/vnode.h>

SYSCTL_DECL(_mach);

/* Of all tasks: beside them the system must be able to open files. */
static volatile u_int fileports;
SYSCTL_UINT(_mach, OID_AUTO, fileports, CTLFLAG_RD,
    __DEVOLATILE(u_int *, &fileports), 0,
    "Descriptors that ports hold; at most half of kern.maxfiles");

struct mach_file {
	struct ipc_ref refs; /* the port, who makes a descriptor of it */
	struct file *fp;
	struct filecaps caps;
	uint8_t flags; /* UF_*, of the descriptor that it was made of */
};

static void
file_unref(struct mach_file *file)
{
	if (!ipc_ref_put(&file->refs))
		return;
	filecaps_free(&file->caps);
	fdrop(file->fp, curthread);
	ipc_mem_free(IPC_MEM_OBJECT, file, sizeof(*file));
	atomic_subtract_int(&fileports, 1);
}

void
host_file_release(struct mach_file *file)
{
	file_unref(file);
}

/* With no port yet. */
static kern_return_t
file_create(struct thread *td, int fd, struct mach_file **made)
{
	struct mach_file *file;
	kern_return_t kr;

	if (atomic_fetchadd_int(&fileports, 1) >= (u_int)maxfiles / 2) {
		atomic_subtract_int(&fileports, 1);
		return (KERN_RESOURCE_SHORTAGE);
	}
	file = ipc_mem_alloc(IPC_MEM_OBJECT, sizeof(*file), IPC_ZERO);
	kr = KERN_RESOURCE_SHORTAGE;
	if (file == NULL)
		goto fail;
	ipc_ref_init(&file->refs);
	kr = KERN_INVALID_ARGUMENT;
	if (mach_fget_cap(td, fd, &cap_no_rights, &file->flags, &file->fp,
		&file->caps) != 0)
		goto fail;
	/* What a Unix socket would not carry either: a kqueue, mostly. */
	if (!(file->fp->f_ops->fo_flags & DFLAG_PASSABLE)) {
		file_unref(file);
		return (KERN_INVALID_CAPABILITY);
	}
	*made = file;
	return (KERN_SUCCESS);
fail:
	ipc_mem_free(IPC_MEM_OBJECT, file, sizeof(*file));
	atomic_subtract_int(&fileports, 1);
	return (kr);
}

/*
 * (fd, *name).  KERN_INVALID_ARGUMENT: no descriptor; KERN_INVALID_CAPABILITY:
 * one that cannot be passed on; KERN_RESOURCE_SHORTAGE, KERN_NO_SPACE,
 * KERN_INVALID_ADDRESS.
 */
kern_return_t
host_fileport_makeport(struct ipc_call *call)
{
	struct ipc_right right = { NULL, MACH_MSG_TYPE_PORT_SEND };
	struct ipc_space *space = call->thread->task->space;
	struct mach_file *file;
	mach_port_name_t name;
	kern_return_t kr;

	kr = file_create(curthread, (int)call->raw[0], &file);
	if (kr != KERN_SUCCESS)
		return (kr);
	right.port = ipc_port_create_kobject(IPC_KO_FILE, file);
	if (right.port == NULL) {
		file_unref(file);
		return (KERN_RESOURCE_SHORTAGE);
	}
	/* With the last send right the port goes, and the descriptor. */
	(void)ipc_port_kobject_send(right.port);
	kr = ipc_right_put(space, right, &name);
	if (kr != KERN_SUCCESS) {
		ipc_right_release(right);
		return (kr);
	}
	if (!ipc_os_copyout(call->thread, &name, call->raw[1], sizeof(name))) {
		(void)ipc_right_deallocate(space, name);
		return (KERN_INVALID_ADDRESS);
	}
	return (KERN_SUCCESS);
}

/*
 * Of outside the jail that would receive it: by a directory there is a way out.
 * As Unix sockets see it (sys/kern/uipc_usrreq.c, restrict_rights).
 */
static bool
is_outside(struct thread *td, const struct file *fp)
{
	const struct prison *from = fp->f_cred->cr_prison;
	const struct prison *to = td->td_ucred->cr_prison;

	return (from != to && from->pr_root != to->pr_root && to != &prison0);
}

/*
 * A directory that the kernel does not keep look-ups beneath: before 15.0 any,
 * and a mount's root, from which ".." goes to the directory below the mount,
 * that is compared with none (sys/kern/vfs_lookup.c, vfs_lookup() and
 * nameicap_check_dotdot(), 15.1).
 */
static bool
leads_up(const struct file *fp)
{
	const struct vnode *vp = fp->f_vnode;

	if (fp->f_type != DTYPE_VNODE || vp == NULL || vp->v_type != VDIR)
		return (false);
#ifdef UF_RESOLVE_BENEATH
	return ((vp->v_vflag & VV_ROOT) != 0);
#else
	return (true);
#endif
}

/*
 * A new descriptor, closed on exec; or minus KERN_NO_ACCESS,
 * KERN_RESOURCE_SHORTAGE.
 */
static int
descriptor_of(struct thread *td, const struct mach_file *file)
{
	struct filecaps caps;
	int fd, flags = O_CLOEXEC;

	if (is_outside(td, file->fp)) {
		if (leads_up(file->fp))
			return (-KERN_NO_ACCESS);
		flags |= O_RESOLVE_BENEATH;
	}
#ifdef UF_RESOLVE_BENEATH
	/* As for the descriptor that the port was made of. */
	if (file->flags & UF_RESOLVE_BENEATH)
		flags |= O_RESOLVE_BENEATH;
#endif
	/* Its rights are nobody else's: they may be copied at leisure. */
	(void)filecaps_copy(&file->caps, &caps, true);
	if (finstall(td, file->fp, &fd, flags, &caps) != 0) {
		filecaps_free(&caps);
		return (-KERN_RESOURCE_SHORTAGE);
	}
	return (fd);
}

/*
 * (name): the result is a new descriptor, or minus one of these:
 * KERN_INVALID_ARGUMENT when it is no fileport, KERN_NO_ACCESS of a way out of
 * the caller's jail, KERN_RESOURCE_SHORTAGE.
 */
kern_return_t
host_fileport_makefd(struct ipc_call *call)
{
	struct mach_file *file = NULL;
	struct ipc_port *port;
	int fd = -KERN_INVALID_ARGUMENT;

	if (ipc_kobject_lock(call->thread->task->space,
		(mach_port_name_t)call->raw[0], &port) == KERN_SUCCESS) {
		if (port->object.kobject_kind == IPC_KO_FILE) {
			file = port->kobject;
			ipc_ref_get(&file->refs);
		}
		ipc_port_unlock(port);
	}
	if (file != NULL) {
		fd = descriptor_of(curthread, file);
		file_unref(file);
	}
	call->result = (uint64_t)(int64_t)fd;
	return (KERN_SUCCESS);
}
