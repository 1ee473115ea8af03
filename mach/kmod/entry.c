/*
 * The one way in: whatever transport brought a trap, it runs here.
 */
#include "opt_ktrace.h"

#include "mach/kmod/kmod.h"

#include <sys/capsicum.h>
#include <sys/proc.h>
#include <sys/signalvar.h>
#include <sys/sysent.h>
#include <sys/sysproto.h>
#include <sys/uio.h>
/* 13.2's needs the two above. */
#include <sys/ktrace.h>

#include "mach/kmod/frame.h"

struct mach_fold mach_fold[MACH_FOLD_SIZE];
const struct ipc_trap *mach_rows;

/*
 * Not in capability mode: what gives a task rights by a name or a number of
 * the system's, or for being who it is, and what acts on the system by such.
 * All other traps work on rights that it holds.
 */
static const int ambient[] = {
	29,   /* host_self */
	44,   /* task_name_for_pid */
	45,   /* task_for_pid */
	96,   /* debug_control_port_for_pid */
	401,  /* host_reboot: as reboot(2) */
	3404, /* mach_ports_lookup */
	3409, /* task_get_special_port */
	9010, /* mach_seeing_*: tasks by their pid */
	9011,
	9012,
	9013,
	9014,
};

void
mach_trap_start(void)
{
	const struct ipc_trap *trap;
	const char *p;
	uint8_t n;
	size_t i;

	mach_rows = ipc_trap_at(0);
	for (i = 0; (trap = ipc_trap_at(i)) != NULL; i++) {
		n = 1;
		for (p = trap->args; *p != '\0'; p++) {
			if (*p != '=' && (*p < '0' || *p > '9'))
				n++;
		}
		mach_fold[trap->number & (MACH_FOLD_SIZE - 1)] =
		    (struct mach_fold){ n,
			    (uint8_t)((uint32_t)trap->number >> MACH_FOLD_BITS),
			    false };
	}
	for (i = 0; i < nitems(ambient); i++)
		mach_fold[ambient[i]].ambient = true;
}

bool
ipc_os_permits(int number)
{
	return (!IN_CAPABILITY_MODE(curthread) ||
		!mach_fold[(uint32_t)number & (MACH_FOLD_SIZE - 1)].ambient);
}

/* Sleeps for a parked thread until its trap is done. */
static void
wait(struct mach_thread *mt, struct ipc_call *call)
{
	struct ipc_thread *thread = mt->thread;

	do {
		switch (mach_park(thread, call->deadline)) {
		case MACH_LATE:
			ipc_cancel(thread, IPC_CANCEL_TIMEOUT);
			break;
		case MACH_SIGNALLED:
			ipc_cancel(thread, IPC_CANCEL_INTERRUPT);
			break;
		case MACH_WOKEN:
			if (thread->task->dead)
				ipc_cancel(thread, IPC_CANCEL_EXIT);
			else if (mach_gate != MACH_OPEN ||
				 atomic_readandclear_int(&mt->os.abort) != 0)
				ipc_cancel(thread, IPC_CANCEL_INTERRUPT);
			break;
		}
	} while (!ipc_resume(thread));
}

static __always_inline void
leave(struct mach_thread *mt)
{
	__compiler_membar();
	mt->in = 0;
}

/* Each way in has a copy of it: a call is a tenth of an empty trap. */
static __always_inline int
enter(struct thread *td, struct mach_thread **mtp)
{
	struct mach_thread *mt;
	int error;

	mt = mach_thread_of(td);
	if (__predict_true(mt != NULL && mt->thread != NULL)) {
		mt->in = 1;
		/* A fence where the gate is closed makes it one: drain.c. */
		__compiler_membar();
		if (__predict_false(mach_gate != MACH_OPEN) &&
		    !mach_gate_wait(mt))
			return (ENOSYS);
	} else {
		error = mach_thread_find(td, &mt);
		if (error != 0)
			return (error);
	}
	error = 0;
	if (__predict_false(mt->cred != td->td_ucred))
		error = mach_thread_refresh(td, &mt);
	if (__predict_false(error == 0 && mt->refused))
		error = ENOSYS;
	if (__predict_false(error != 0)) {
		leave(mt);
		return (error);
	}
	*mtp = mt;
	return (0);
}

int
mach_enter(struct thread *td, struct mach_thread **mtp)
{
	return (enter(td, mtp));
}

void
mach_leave(struct mach_thread *mt)
{
	leave(mt);
}

SDT_PROBE_DECLARE(mach, , , trap__entry);
SDT_PROBE_DECLARE(mach, , , trap__return);

static const char *__unused
name_of(int number)
{
	const struct ipc_trap *trap = ipc_trap_find(number);

	return (trap != NULL ? trap->name : "");
}

/*
 * The one record with a name in it that a module may write is that of a path:
 * kdump(1) shows NAMI "mach:..." between a trap's call and its return.
 */
#ifdef KTRACE
static void __noinline
trace(int number)
{
	char name[80];

	(void)snprintf(name, sizeof(name), "mach:%s", name_of(number));
	ktrnamei(name);
}
#define TRACE(td, number)                    \
	do {                                 \
		if (KTRPOINT(td, KTR_NAMEI)) \
			trace(number);       \
	} while (0)
#else
#define TRACE(td, number) ((void)0)
#endif

static __always_inline int
run(struct thread *td, int number, const uint64_t *args, unsigned int nargs,
    uint64_t *result)
{
	struct mach_thread *mt;
	struct ipc_call call;
	int error;

	error = enter(td, &mt);
	if (error != 0)
		return (error);
	SDT_PROBE4(mach, , , trap__entry, number, name_of(number), args, nargs);
	TRACE(td, number);
	if (__predict_false(mt->capmode && !ipc_os_permits(number))) {
		error = ECAPMODE;
	} else {
		if (!ipc_trap_call(mt->thread, number, args, nargs, &call))
			wait(mt, &call);
		*result = call.result;
		if (call.trap != NULL)
			mach_stats_count(call.trap, call.result);
		if (call.yield)
			kern_yield(PRI_UNCHANGED);
	}
	SDT_PROBE4(mach, , , trap__return, number, name_of(number),
	    error == 0 ? *result : 0, error);
	leave(mt);
	return (error);
}

int
mach_trap_run(struct thread *td, int number, const uint64_t *args,
    unsigned int nargs, uint64_t *result)
{
	return (run(td, number, args, nargs, result));
}

int
mach_table_call(struct thread *td, void *v)
{
	uint64_t args[IPC_ARGS], result, *p = v;
	int number = (int)p[MACH_SA_NUMBER], n = (int)p[MACH_SA_NARGS], error;

	if (__predict_false(n > FRAME_ARGS)) {
		memcpy(args, v, FRAME_ARGS * sizeof(args[0]));
		error = frame_rest(
		    td->td_frame, &args[FRAME_ARGS], (size_t)(n - FRAME_ARGS));
		if (error != 0)
			return (error);
		p = args;
	}
	error = run(td, number, p, (unsigned int)n, &result);
	if (__predict_true(error == 0))
		td->td_retval[0] = (register_t)result;
	else if (error == ENOSYS)
		/* As where no module is: SIGSYS, too. */
		error = nosys(td, NULL);
	return (error);
}
