/*
 * Exceptions: before a fault's signal is delivered, the handlers are asked.
 *
 * A signal that is not caught is queued, and the kernel comes by the border
 * (border.c) before it takes it.  One that is caught goes through the vector's
 * sv_sendsig at once, with locks held and the signal mask changed after it:
 * ours holds it back, and the border, where the thread comes by next, undoes
 * that change, asks, and raises it again if nobody would have it.
 *
 * While a handler is asked, the thread blocks all signals.  What else wants it
 * (SIGKILL, a stop, the end of the process) comes first, and then it is here
 * again.
 */
#include "mach/core/raise.h"
#include "mach/kmod/kmod.h"

#include <sys/kernel.h>
#include <sys/proc.h>
#include <sys/signalvar.h>
#include <sys/syscallsubr.h>
#include <sys/sysent.h>

#include "mach/os/freebsd/compat.h"

#if MACH_BORDER

/* From its signal until the thread goes on, or the signal does. */
struct fault {
	LIST_ENTRY(fault) link;
	struct thread *td;
	ksiginfo_t ksi;
	bool held_back; /* else it is in the thread's queue */
	bool begun;	/* all signals are blocked */
	sig_t reset;	/* a handler with SA_RESETHAND, without it meanwhile */
	sigset_t mask;	/* what the thread blocks */
	struct ipc_raise raise;
};

static LIST_HEAD(, fault) faults = LIST_HEAD_INITIALIZER(faults);
static void (*next)(sig_t, ksiginfo_t *, sigset_t *);

/* Beside a queued signal's KSI_*: handlers were asked about it. */
#define KSI_ASKED 0x1000000

/*
 * Who is asked about what
 */

/* Whether anybody would be; the calling thread's. */
static bool
is_wanted(struct thread *td, exception_type_t type)
{
	struct mach_thread *mt = mach_thread_of(td);
	struct mach_task *mtask;
	bool wanted;

	mtx_lock(&mach_lock);
	mtask = mach_task_find(td->td_proc);
	if (mtask == NULL)
		/* It becomes a task if its host has a handler. */
		wanted = ipc_raise_host_used && mach_jail_allows(td->td_ucred);
	else
		wanted =
		    ipc_raise_wanted(mtask->task->exceptions, type) ||
		    ipc_raise_wanted(mtask->task->host->exceptions, type) ||
		    (mt != NULL && mt->thread != NULL &&
			ipc_raise_wanted(mt->thread->exceptions, type));
	mtx_unlock(&mach_lock);
	return (wanted);
}

/*
 * Of the calling thread; NULL when nobody is to be asked, when the module is on
 * its way out, or without memory, where it is as if there were no handler.  The
 * process is locked.
 */
static struct fault *
fault_create(struct thread *td, ksiginfo_t *ksi)
{
	struct ipc_raise raise;
	struct fault *fault;
	bool open;

	PROC_LOCK_ASSERT(td->td_proc, MA_OWNED);
	/* A call that waits with another mask has yet to give it back. */
	if (td->td_pflags & TDP_OLDMASK)
		return (NULL);
	mach_raise_of(td, ksi, &raise);
	if (!is_wanted(td, raise.type))
		return (NULL);
	fault = malloc(sizeof(*fault), M_MACH, M_NOWAIT | M_ZERO);
	if (fault == NULL)
		return (NULL);
	fault->td = td;
	fault->raise = raise;
	ksiginfo_copy(ksi, &fault->ksi);
	mtx_lock(&mach_lock);
	open = mach_gate == MACH_OPEN;
	if (open)
		LIST_INSERT_HEAD(&faults, fault, link);
	mtx_unlock(&mach_lock);
	if (open)
		return (fault);
	free(fault, M_MACH);
	return (NULL);
}

static struct fault *
fault_find(const struct thread *td)
{
	struct fault *fault;

	/* Its own it would see. */
	if (LIST_EMPTY(&faults))
		return (NULL);
	mtx_lock(&mach_lock);
	LIST_FOREACH(fault, &faults, link)
	{
		if (fault->td == td)
			break;
	}
	mtx_unlock(&mach_lock);
	return (fault);
}

/* A handler that still answers is too late. */
static void
fault_destroy(struct fault *fault)
{
	ipc_raise_end(&fault->raise);
	mtx_lock(&mach_lock);
	LIST_REMOVE(fault, link);
	mtx_unlock(&mach_lock);
	free(fault, M_MACH);
}

void
mach_catch_end(struct thread *td)
{
	struct fault *fault = fault_find(td);

	if (fault != NULL)
		fault_destroy(fault);
}

void
mach_catch_anew(struct thread *td)
{
	struct fault *fault = fault_find(td);

	if (fault == NULL)
		return;
	ipc_raise_end(&fault->raise);
	fault->raise.asked = 0;
}

unsigned int
mach_catches(void)
{
	struct fault *fault;
	unsigned int n = 0;

	mtx_assert(&mach_lock, MA_OWNED);
	LIST_FOREACH(fault, &faults, link)
	{
		n++;
	}
	return (n);
}

/*
 * A signal that is caught
 */

/* False: it is delivered.  The process and its actions are locked. */
static bool
hold_back(sig_t action, ksiginfo_t *ksi, sigset_t *mask)
{
	struct thread *td = curthread;
	struct sigacts *ps = td->td_proc->p_sigacts;
	struct fault *fault = NULL;

	/* postsig() has one that was queued: it came by the border before. */
	if (ksi->ksi_flags & KSI_TRAP && mask == &td->td_sigmask)
		fault = fault_create(td, ksi);
	if (fault == NULL)
		return (false);
	fault->held_back = true;
	fault->mask = *mask;
	/* When it is raised again, it is delivered. */
	fault->ksi.ksi_flags &= ~KSI_TRAP;
	/* postsig_done() comes next: it is not to reset the action. */
	if (SIGISMEMBER(ps->ps_sigreset, ksi->ksi_signo)) {
		SIGDELSET(ps->ps_sigreset, ksi->ksi_signo);
		fault->reset = action;
	}
	ast_sched(td, TDA_MOD1);
	return (true);
}

static void
sendsig_held(sig_t action, ksiginfo_t *ksi, sigset_t *mask)
{
	if (__predict_true((ipc_raise_used | ipc_raise_host_used) == 0) ||
	    !hold_back(action, ksi, mask))
		next(action, ksi, mask);
}

/* What was changed for, and by, postsig_done() in kern_sig.c. */
static void
postsig_undo(struct thread *td, struct fault *fault)
{
	struct proc *p = td->td_proc;
	struct sigacts *ps = p->p_sigacts;
	int signo = fault->ksi.ksi_signo;

	td->td_ru.ru_nsignals--;
	PROC_LOCK(p);
	mtx_lock(&ps->ps_mtx);
	if (fault->reset != NULL &&
	    ps->ps_sigact[_SIG_IDX(signo)] == fault->reset)
		SIGADDSET(ps->ps_sigreset, signo);
	mtx_unlock(&ps->ps_mtx);
	PROC_UNLOCK(p);
}

/*
 * A signal that is queued
 */

/*
 * Its first of a fault, or of a call that there is not: asked about, or not and
 * not blocked.
 */
static ksiginfo_t *
queued(struct thread *td, int signo, bool asked)
{
	ksiginfo_t *ksi;

	PROC_LOCK_ASSERT(td->td_proc, MA_OWNED);
	TAILQ_FOREACH(ksi, &td->td_sigqueue.sq_list, ksi_link)
	{
		if (((ksi->ksi_flags & KSI_ASKED) != 0) != asked ||
		    (signo != 0 && ksi->ksi_signo != signo) ||
		    (!asked && SIGISMEMBER(td->td_sigmask, ksi->ksi_signo)))
			continue;
		if (ksi->ksi_flags & KSI_TRAP ||
		    (ksi->ksi_signo == SIGSYS && ksi->ksi_code == SI_KERNEL))
			return (ksi);
	}
	return (NULL);
}

/* A fault of one about which nobody was asked; NULL. */
static struct fault *
fault_take(struct thread *td)
{
	struct proc *p = td->td_proc;
	struct fault *fault = NULL;
	ksiginfo_t *ksi;

	if (SIGISEMPTY(td->td_sigqueue.sq_signals) ||
	    p->p_sysent->sv_sendsig != sendsig_held)
		return (NULL);
	PROC_LOCK(p);
	ksi = (p->p_flag & P_WEXIT) != 0 ? NULL : queued(td, 0, false);
	if (ksi != NULL)
		fault = fault_create(td, ksi);
	if (fault != NULL)
		ksi->ksi_flags |= KSI_ASKED;
	PROC_UNLOCK(p);
	return (fault);
}

static void
signal_take(struct thread *td, int signo)
{
	ksiginfo_t *ksi;

	PROC_LOCK(td->td_proc);
	ksi = queued(td, signo, true);
	if (ksi != NULL) {
		sigqueue_take(ksi);
		ksiginfo_free(ksi);
	}
	PROC_UNLOCK(td->td_proc);
}

/*
 * At the border
 */

/* False when something else is to come first, of which no sleep would hear. */
static bool
begin(struct thread *td, struct fault *fault, int asts)
{
	sigset_t all;

	if (fault->begun)
		return ((asts & (TDAI(TDA_SIG) | TDAI(TDA_SUSPEND))) == 0);
	fault->begun = true;
	SIGFILLSET(all);
	if (fault->held_back) {
		postsig_undo(td, fault);
		(void)kern_sigprocmask(td, SIG_SETMASK, &all, NULL, 0);
	} else {
		(void)kern_sigprocmask(td, SIG_SETMASK, &all, &fault->mask, 0);
	}
	/* What cannot be blocked has been told anew. */
	return ((asts & TDAI(TDA_SUSPEND)) == 0);
}

/* Others may look at its registers, and set them. */
static void
faulted_set(struct mach_thread *mt, bool faulted)
{
	mtx_lock(&mach_lock);
	mt->os.faulted = faulted;
	mtx_unlock(&mach_lock);
}

/* The thread goes on, or its signal does. */
static void
finish(struct thread *td, struct fault *fault, bool handled)
{
	struct mach_thread *mt = mach_thread_of(td);

	if (mt != NULL)
		faulted_set(mt, false);
	if (handled && !fault->held_back)
		signal_take(td, fault->ksi.ksi_signo);
	(void)kern_sigprocmask(td, SIG_SETMASK, &fault->mask, NULL, 0);
	if (!handled && fault->held_back)
		trapsignal(td, &fault->ksi);
	fault_destroy(fault);
}

/* Nobody waits for an answer any more. */
static bool
is_over(const struct mach_thread *mt)
{
	return (
	    mt->thread->task->dead || mach_gate != MACH_OPEN || mt->os.ends);
}

/* As ipc_raise(); KERN_ABORTED: something else comes first. */
static kern_return_t
ask(struct mach_thread *mt, struct fault *fault)
{
	struct ipc_thread *thread = mt->thread;
	kern_return_t kr;

	faulted_set(mt, true);
	kr = ipc_raise(thread, &fault->raise);
	while (kr == IPC_PARKED) {
		if (mach_park(thread, IPC_FOREVER) == MACH_SIGNALLED ||
		    is_over(mt))
			ipc_cancel(thread, IPC_CANCEL_INTERRUPT);
		/* thread_abort() ends no exception. */
		atomic_store_rel_int(&mt->os.abort, 0);
		kr = ipc_raise_resume(thread, &fault->raise);
	}
	/* One that is to end needs no signal, which may end the others. */
	if (kr == KERN_ABORTED && is_over(mt))
		kr = mt->os.ends ? KERN_SUCCESS : KERN_FAILURE;
	return (kr);
}

bool
mach_catch(struct thread *td, int asts)
{
	struct fault *fault = NULL;
	struct mach_thread *mt;
	kern_return_t kr;
	int error;

	if (asts & TDAI(TDA_MOD1))
		fault = fault_find(td);
	if (fault == NULL && asts & TDAI(TDA_SIG))
		fault = fault_take(td);
	if (fault == NULL)
		return (false);
	if (!begin(td, fault, asts)) {
		ast_sched(td, TDA_MOD1);
		return (true);
	}
	error = mach_gate == MACH_OPEN ? mach_enter(td, &mt) : ENOSYS;
	if (error == 0) {
		kr = ask(mt, fault);
		mach_leave(mt);
	} else {
		/* ERESTART: another thread wants this one to stand still. */
		kr = error == ERESTART ? KERN_ABORTED : KERN_FAILURE;
	}
	if (kr == KERN_ABORTED)
		ast_sched(td, TDA_MOD1);
	else
		finish(td, fault, kr == KERN_SUCCESS);
	return (kr == KERN_ABORTED);
}

/*
 * The module
 */

int
mach_catch_start(void)
{
	unsigned int i;

	if (mach_vectors[0] == NULL)
		return (ENOENT);
	for (i = 0; i < MACH_VECTORS && mach_vectors[i] != NULL; i++) {
		if (mach_vectors[i]->sv_sendsig != mach_vectors[0]->sv_sendsig)
			return (EBUSY);
	}
	next = mach_vectors[0]->sv_sendsig;
	atomic_thread_fence_rel();
	for (i = 0; i < MACH_VECTORS && mach_vectors[i] != NULL; i++)
		mach_vectors[i]->sv_sendsig = sendsig_held;
	return (0);
}

bool
mach_catch_ours(void)
{
	unsigned int i;

	for (i = 0; i < MACH_VECTORS && mach_vectors[i] != NULL; i++) {
		if (next != NULL && mach_vectors[i]->sv_sendsig != sendsig_held)
			return (false);
	}
	return (true);
}

void
mach_catch_stop(void)
{
	unsigned int i;

	if (next == NULL)
		return;
	for (i = 0; i < MACH_VECTORS && mach_vectors[i] != NULL; i++)
		mach_vectors[i]->sv_sendsig = next;
}

#else

/* Before 14.0 no module can wait at the border: signals go as ever. */
int
mach_catch_start(void)
{
	return (ENOTSUP);
}

bool
mach_catch_ours(void)
{
	return (true);
}

void
mach_catch_stop(void)
{
}

bool
mach_catch(struct thread *td, int asts)
{
	(void)td;
	(void)asts;
	return (false);
}

void
mach_catch_end(struct thread *td)
{
	(void)td;
}

void
mach_catch_anew(struct thread *td)
{
	(void)td;
}

unsigned int
mach_catches(void)
{
	return (0);
}

#endif
