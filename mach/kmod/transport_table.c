/*
 * Traps by Apple's own numbers, beside the table of system calls: the kernel
 * asks p_sysent->sv_fetch_syscall_args for each call's row, and this answers
 * for -N and 0x1000000 | N.  All others pay one compare and a jump.
 *
 * The rows are no module memory: a thread that a debugger or ktrace(1) stops
 * between fetch and call keeps a pointer to one for as long as it likes.
 */
#include "mach/kmod/kmod.h"

#include <sys/proc.h>
#include <sys/sx.h>
#include <sys/sysent.h>
#include <sys/sysproto.h>

#include "mach/kmod/frame.h"
#include "mach/os/freebsd/compat.h"

static int present;
SYSCTL_INT(_mach_transport, OID_AUTO, table, CTLFLAG_RD, &present, 0,
    "Traps by numbers of their own");

static int (*next)(struct thread *);
static struct sysent *rows; /* by the number of arguments in registers */

/* A trap's number from its code; 0 of a code that is none. */
static int
number_of(u_int code)
{
	if ((int)code < 0)
		return (code >= -MACH_CODE_MAX ? (int)-code : 0);
	return ((code & ~MACH_CODE_MAX) == MACH_CODE_CLASS
		    ? (int)(code & MACH_CODE_MAX)
		    : 0);
}

_Static_assert(FRAME_ARGS <= MACH_SA_NUMBER &&
		   nitems(((struct syscall_args *)NULL)->args) > MACH_SA_NARGS,
    "no room for a trap's number beside its arguments");

static int
fetch_trap(struct thread *td, u_int code)
{
	struct syscall_args *sa = &td->td_sa;
	int number = number_of(code), n = mach_trap_nargs((uint32_t)number);

	if (n < 0)
		return (next(td));
	/*
	 * ktrace(1) keeps the low 16 bits: -N of both kinds of code, which
	 * kdump(1) shows as [-N], and not as another call's name.
	 */
	sa->code = (u_int)-number;
	mach_sa_came_as(sa, code);
	sa->callp = &rows[MIN(n, FRAME_ARGS)];
	memcpy(sa->args, frame_args(td->td_frame),
	    FRAME_ARGS * sizeof(sa->args[0]));
	sa->args[MACH_SA_NUMBER] = number;
	sa->args[MACH_SA_NARGS] = n;
	frame_return(td);
	return (0);
}

static int
fetch(struct thread *td)
{
	u_int code = frame_code(td->td_frame);

	if (__predict_true(code < MACH_CODE_CLASS))
		return (next(td));
	return (fetch_trap(td, code));
}

int
mach_table_start(void)
{
	unsigned int i;

	if (mach_vectors[0] == NULL)
		return (ENOENT);
	next = mach_vectors[0]->sv_fetch_syscall_args;
	/* One that was replaced already, and another not: hands off. */
	for (i = 0; i < MACH_VECTORS && mach_vectors[i] != NULL; i++) {
		if (mach_vectors[i]->sv_fetch_syscall_args != next)
			return (EBUSY);
	}
	rows =
	    malloc((FRAME_ARGS + 1) * sizeof(*rows), M_TEMP, M_WAITOK | M_ZERO);
	for (i = 0; i <= FRAME_ARGS; i++) {
		rows[i].sy_narg = (int8_t)i;
		rows[i].sy_call = mach_table_call;
		/* mach_trap_run() tells the traps apart. */
		rows[i].sy_flags = SYF_CAPENABLED;
		rows[i].sy_thrcnt = SY_THR_STATIC;
	}
	atomic_thread_fence_rel();
	for (i = 0; i < MACH_VECTORS && mach_vectors[i] != NULL; i++)
		mach_vectors[i]->sv_fetch_syscall_args = fetch;
	present = 1;
	return (0);
}

bool
mach_table_ours(void)
{
	unsigned int i;

	for (i = 0; i < MACH_VECTORS && mach_vectors[i] != NULL; i++) {
		if (present && mach_vectors[i]->sv_fetch_syscall_args != fetch)
			return (false);
	}
	return (true);
}

void
mach_table_stop(void)
{
	unsigned int i;

	if (!present)
		return;
	present = 0;
	for (i = 0; i < MACH_VECTORS && mach_vectors[i] != NULL; i++)
		mach_vectors[i]->sv_fetch_syscall_args = next;
	/* Who has a row still finds no module behind it. */
	for (i = 0; i <= FRAME_ARGS; i++)
		rows[i].sy_call = (sy_call_t *)nosys;
}

/* True when a thread's last or present system call is in a row. */
static bool
row_in_use(void)
{
	struct thread *td;
	struct proc *p;
	bool found = false;

	sx_slock(&allproc_lock);
	FOREACH_PROC_IN_SYSTEM(p)
	{
		if (p->p_state == PRS_NEW)
			continue;
		PROC_LOCK(p);
		FOREACH_THREAD_IN_PROC(p, td)
		{
			if (td->td_sa.callp >= rows &&
			    td->td_sa.callp <= &rows[FRAME_ARGS])
				found = true;
		}
		PROC_UNLOCK(p);
	}
	sx_sunlock(&allproc_lock);
	return (found);
}

void
mach_table_free(void)
{
	/* Some hundred bytes stay for good, rather than be wrong once. */
	if (rows != NULL && !row_in_use())
		free(rows, M_TEMP);
	rows = NULL;
}
