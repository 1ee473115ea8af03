/*
 * The ten traps of freebsd-launchd-mach at dynamic system calls of their own,
 * so that programs made for it run as they are.  Its library
 * (src/libmach/mach_traps.c there, commit 32ea486) asks sysctl
 * mach.syscall.NAME for the number and calls syscall(2) with Apple's order of
 * arguments.  Particular to it: mach_msg_trap comes without its seventh
 * argument, and what did not fit into ten numbers goes through the last of
 * them.
 */
#include <mach/task_special_ports.h>

#include "mach/core/call.h"
#include "mach/kmod/kmod.h"

#include <sys/proc.h>
#include <sys/sysent.h>

/* mach_traps_mux.h there: the operation, then its arguments. */
enum { OP_HOST_SET_SPECIAL_PORT = 1, OP_TASK_SET_SPECIAL_PORT = 2 };
/* host_special_ports.h there: what a task without a bootstrap port gets. */
#define HOST_BOOTSTRAP_PORT 13

#define TRAP_OF_MUX (-1)
#define TASK_GET_SPECIAL_PORT 3409

struct slot {
	const char *name;
	int trap; /* number in traps.def */
	int8_t args;
	int number; /* of the system call; NO_SYSCALL: none */
};

enum {
	REPLY_PORT,
	TASK_SELF,
	THREAD_SELF,
	HOST_SELF,
	MSG,
	ALLOCATE,
	DEALLOCATE,
	INSERT_RIGHT,
	GET_SPECIAL_PORT,
	TRAP_MUX,
	SLOTS
};

/* In that project's order, which is that of the numbers that they get. */
static struct slot slots[SLOTS] = {
	[REPLY_PORT] = { "mach_reply_port", 26, 0, NO_SYSCALL },
	[TASK_SELF] = { "task_self_trap", 28, 0, NO_SYSCALL },
	[THREAD_SELF] = { "thread_self_trap", 27, 0, NO_SYSCALL },
	[HOST_SELF] = { "host_self_trap", 29, 0, NO_SYSCALL },
	[MSG] = { "mach_msg_trap", 31, 6, NO_SYSCALL },
	[ALLOCATE] = { "mach_port_allocate", 16, 3, NO_SYSCALL },
	[DEALLOCATE] = { "mach_port_deallocate", 18, 2, NO_SYSCALL },
	[INSERT_RIGHT] = { "mach_port_insert_right", 21, 4, NO_SYSCALL },
	[GET_SPECIAL_PORT] = { "task_get_special_port", TASK_GET_SPECIAL_PORT,
	    3, NO_SYSCALL },
	[TRAP_MUX] = { "mach_trap_mux", TRAP_OF_MUX, 6, NO_SYSCALL },
};

static SYSCTL_NODE(_mach, OID_AUTO, syscall, CTLFLAG_RD | CTLFLAG_MPSAFE, NULL,
    "System calls of the transport slots; -1: none");
#define NUMBER(slot, name)                                    \
	SYSCTL_INT(_mach_syscall, OID_AUTO, name, CTLFLAG_RD, \
	    &slots[slot].number, 0, "System call of this trap")
NUMBER(REPLY_PORT, mach_reply_port);
NUMBER(TASK_SELF, task_self_trap);
NUMBER(THREAD_SELF, thread_self_trap);
NUMBER(HOST_SELF, host_self_trap);
NUMBER(MSG, mach_msg_trap);
NUMBER(ALLOCATE, mach_port_allocate);
NUMBER(DEALLOCATE, mach_port_deallocate);
NUMBER(INSERT_RIGHT, mach_port_insert_right);
NUMBER(GET_SPECIAL_PORT, task_get_special_port);
NUMBER(TRAP_MUX, mach_trap_mux);

/* What the kernel had there. */
static struct sysent before[SLOTS];

/* The host's bootstrap port, under a name of the caller's, at `where`. */
static int
host_bootstrap(struct thread *td, void *where, uint64_t *result)
{
	struct ipc_right right = { NULL, MACH_MSG_TYPE_PORT_SEND };
	mach_port_name_t name = MACH_PORT_NULL;
	struct mach_thread *mt;
	struct ipc_task *task;
	int error;

	error = mach_enter(td, &mt);
	if (error != 0)
		return (error);
	task = mt->thread->task;
	ipc_mutex_lock(&task->host->lock);
	right.port =
	    ipc_port_send_dup(task->host->special[HOST_BOOTSTRAP_PORT]);
	ipc_mutex_unlock(&task->host->lock);
	*result = ipc_right_put(task->space, right, &name);
	if (*result != KERN_SUCCESS) {
		ipc_right_release(right);
	} else if (copyout(&name, where, sizeof(name)) != 0) {
		(void)ipc_right_deallocate(task->space, name);
		*result = KERN_INVALID_ADDRESS;
	}
	mach_leave(mt);
	return (0);
}

static int
get_special_port(struct thread *td, const uint64_t *args, uint64_t *result)
{
	void *where = (void *)args[2];
	mach_port_name_t name = MACH_PORT_NULL;
	int error;

	error = mach_trap_run(td, TASK_GET_SPECIAL_PORT, args, 3, result);
	if (error != 0 || *result != KERN_SUCCESS ||
	    (int)args[1] != TASK_BOOTSTRAP_PORT ||
	    copyin(where, &name, sizeof(name)) != 0 || name != MACH_PORT_NULL)
		return (error);
	return (host_bootstrap(td, where, result));
}

/* (op, ...) */
static int
mux(struct thread *td, const uint64_t *args, uint64_t *result)
{
	switch (args[0]) {
	case OP_HOST_SET_SPECIAL_PORT:
		return (mach_trap_run(td, 413, args + 1, 3, result));
	case OP_TASK_SET_SPECIAL_PORT:
		return (mach_trap_run(td, 3410, args + 1, 3, result));
	default:
		*result = KERN_INVALID_ARGUMENT;
		return (0);
	}
}

static const struct slot *
slot_of(u_int number)
{
	unsigned int i;

	for (i = 0; i < SLOTS; i++) {
		if ((u_int)slots[i].number == number)
			return (&slots[i]);
	}
	return (NULL);
}

static int
slot_call(struct thread *td, void *v)
{
	const struct slot *slot = slot_of(td->td_sa.code);
	uint64_t args[IPC_ARGS] = { 0 }, result = 0;
	int error;

	if (slot == NULL) /* it is leaving */
		return (ENOSYS);
	memcpy(args, v, slot->args * sizeof(args[0]));
	switch (slot->trap) {
	case TRAP_OF_MUX:
		error = mux(td, args, &result);
		break;
	case TASK_GET_SPECIAL_PORT:
		error = get_special_port(td, args, &result);
		break;
	default:
		error = mach_trap_run(td, slot->trap, args,
		    (unsigned int)mach_trap_nargs((uint32_t)slot->trap),
		    &result);
	}
	td->td_retval[0] = (register_t)result;
	return (error);
}

/* As many as the kernel has: each has a number, or -1, to be asked for. */
int
mach_slots_start(void)
{
	struct sysent row = {
		.sy_call = slot_call,
		.sy_flags = SYF_CAPENABLED, /* mach_trap_run() knows */
	};
	int error, last = 0, n = 0;
	unsigned int i;

	for (i = 0; i < SLOTS; i++) {
		row.sy_narg = slots[i].args;
		error = kern_syscall_register(
		    sysent, &slots[i].number, &row, &before[i], 0);
		if (error == 0) {
			n++;
			continue;
		}
		slots[i].number = NO_SYSCALL;
		last = error;
		printf("mach: no system call for %s: error %d\n", slots[i].name,
		    error);
	}
	return (n > 0 ? 0 : last);
}

void
mach_slots_stop(void)
{
	unsigned int i;
	int number;

	for (i = 0; i < SLOTS; i++) {
		number = slots[i].number;
		if (number == NO_SYSCALL)
			continue;
		(void)kern_syscall_deregister(sysent, number, &before[i]);
		slots[i].number = NO_SYSCALL;
	}
}
