/*
 * security.mach.*: who may use Mach, whom it may debug, and how much it may
 * take.
 */
#include "mach/kmod/kmod.h"

#include <sys/kernel.h>
#include <sys/proc.h>
#include <sys/systm.h>

SYSCTL_NODE(_security, OID_AUTO, mach, CTLFLAG_RW | CTLFLAG_MPSAFE, NULL,
    "Mach IPC: policy");

/* A name and its port, and what the tables are larger. */
#define NAME_BYTES 256
#define MEGABYTE (UINT64_C(1) << 20)

/* Those of memory are less where there is little. */
struct ipc_limits mach_limits = {
	.names = IPC_NAMES_DEFAULT,
	.uid_names = IPC_UID_NAMES_DEFAULT,
	.task_bytes = IPC_TASK_BYTES_DEFAULT,
	.uid_bytes = IPC_UID_BYTES_DEFAULT,
};

static uint64_t
at_most(uint64_t value, uint64_t most)
{
	return (value < most ? value : rounddown(most, MEGABYTE));
}

void
mach_policy_start(void)
{
	uint64_t memory = ptoa((uint64_t)physmem);

	mach_limits.uid_names =
	    (uint32_t)(at_most((uint64_t)mach_limits.uid_names * NAME_BYTES,
			   memory / 8) /
		       NAME_BYTES);
	mach_limits.task_bytes = at_most(mach_limits.task_bytes, memory / 4);
	mach_limits.uid_bytes = at_most(mach_limits.uid_bytes, memory / 2);
}

static int
allowed(SYSCTL_HANDLER_ARGS)
{
	int yes = mach_jail_allows(req->td->td_ucred);

	(void)arg1;
	(void)arg2;
	return (sysctl_handle_int(oidp, &yes, 0, req));
}
SYSCTL_PROC(_security_mach, OID_AUTO, allowed,
    CTLTYPE_INT | CTLFLAG_RD | CTLFLAG_MPSAFE, NULL, 0, allowed, "I",
    "Who asks may use Mach: always, or by allow.mach of its jail");

int mach_task_for_pid = 1;
SYSCTL_INT(_security_mach, OID_AUTO, task_for_pid, CTLFLAG_RWTUN,
    &mach_task_for_pid, 0,
    "Processes that may be debugged can be had as tasks; 0: only one's own");

static void
limits_set(struct ipc_host *host, void *arg)
{
	(void)arg;
	ipc_mutex_lock(&host->lock);
	host->limits = mach_limits;
	ipc_mutex_unlock(&host->lock);
}

/* Of tasks, and of uids without tasks, that are seen from now on. */
static int
limit(SYSCTL_HANDLER_ARGS)
{
	uint64_t value =
	    arg2 == sizeof(uint32_t) ? *(uint32_t *)arg1 : *(uint64_t *)arg1;
	int error;

	error = sysctl_handle_64(oidp, &value, 0, req);
	if (error != 0 || req->newptr == NULL)
		return (error);
	if (value == 0 || (arg2 == sizeof(uint32_t) && value > UINT32_MAX))
		return (EINVAL);
	if (arg2 == sizeof(uint32_t))
		*(uint32_t *)arg1 = (uint32_t)value;
	else
		*(uint64_t *)arg1 = value;
	mach_jail_each(limits_set, NULL);
	return (0);
}

#define LIMIT(name, text)                                                 \
	SYSCTL_PROC(_security_mach, OID_AUTO, max_##name,                 \
	    CTLTYPE_U64 | CTLFLAG_RW | CTLFLAG_MPSAFE, &mach_limits.name, \
	    sizeof(mach_limits.name), limit, "QU", text)
LIMIT(names, "Names of ports in a task");
LIMIT(uid_names, "Room for names in all tasks of a user, in a jail");
LIMIT(task_bytes, "Bytes that a task has in messages and memory entries");
LIMIT(uid_bytes, "Bytes that a user has in them, in a jail");
