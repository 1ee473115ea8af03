/*
 * Threads that made a trap: their state is in a slot of osd(9) from then on,
 * and goes with the thread.
 */
#include "mach/kmod/kmod.h"

#include <sys/osd.h>
#include <sys/proc.h>
#include <sys/sysent.h>
#include <sys/ucred.h>

int mach_slot;

static LIST_HEAD(, mach_thread) threads;
static unsigned int making, waiting; /* in mach_thread_find() */
static unsigned int leaving;	     /* in thread_leaves() */
static void (*next_exit)(struct thread *);

static void
thread_destroy(struct ipc_thread *thread)
{
	if (thread == NULL)
		return;
	ipc_mutex_lock(&thread->lock);
	thread->os = NULL;
	ipc_mutex_unlock(&thread->lock);
	ipc_thread_destroy(thread);
}

void
mach_threads_end(struct mach_task *mtask)
{
	struct ipc_thread *thread;
	struct mach_thread *mt;
	struct thread *td;

	mtx_lock(&mach_lock);
	while ((mt = LIST_FIRST(&mtask->threads)) != NULL) {
		LIST_REMOVE(mt, of_task);
		mt->task = NULL;
		thread = mt->thread;
		mt->thread = NULL;
		td = mt->os.td;
		mtx_unlock(&mach_lock);
		mach_catch_anew(td);
		thread_destroy(thread);
		mtx_lock(&mach_lock);
	}
	mtx_unlock(&mach_lock);
}

/* The calling thread's state; an errno. */
static int
thread_make(struct thread *td, struct mach_thread **mtp)
{
	struct mach_task *mtask, *new = NULL;
	struct proc *p = td->td_proc;
	struct mach_thread *mt;
	struct ipc_thread *thread;
	int error;

	mtx_lock(&mach_lock);
	mtask = mach_task_find(p);
	mtx_unlock(&mach_lock);
	if (mtask == NULL) {
		new = mach_task_make(p, NULL, td->td_ucred);
		if (new == NULL)
			return (ENOMEM);
		PROC_LOCK(p);
		mtask = mach_task_add_locked(p, new);
		PROC_UNLOCK(p);
		if (mtask != new)
			mach_task_end(new);
		if (mtask == NULL)
			return (ENOSYS);
	}
	mt = mach_thread_of(td);
	if (mt == NULL) {
		mt = malloc(sizeof(*mt), M_MACH, M_WAITOK | M_ZERO);
		error = osd_thread_set(td, mach_slot, mt);
		if (error != 0) {
			free(mt, M_MACH);
			return (error);
		}
		mtx_lock(&mach_lock);
		LIST_INSERT_HEAD(&threads, mt, all);
		mtx_unlock(&mach_lock);
	}
	thread = ipc_thread_create(mtask->task);
	if (thread == NULL)
		return (ENOMEM);
	mt->os = (struct mach_os_thread){ .td = td };
	thread->os = &mt->os;
	mtx_lock(&mach_lock);
	mt->thread = thread;
	mt->task = mtask;
	LIST_INSERT_HEAD(&mtask->threads, mt, of_task);
	mtx_unlock(&mach_lock);
	*mtp = mt;
	return (0);
}

int
mach_thread_find(struct thread *td, struct mach_thread **mtp)
{
	int error;

	if (!mach_jail_allows(td->td_ucred))
		return (ENOSYS);
	mtx_lock(&mach_lock);
	waiting++;
	while (mach_gate == MACH_CLOSED)
		msleep(__DEVOLATILE(int *, &mach_gate), &mach_lock, 0,
		    "machgate", 0);
	waiting--;
	if (mach_gate == MACH_GONE) {
		mtx_unlock(&mach_lock);
		return (ENOSYS);
	}
	making++;
	mtx_unlock(&mach_lock);
	error = thread_make(td, mtp);
	mtx_lock(&mach_lock);
	if (error == 0)
		(*mtp)->in = 1;
	making--;
	mtx_unlock(&mach_lock);
	return (error);
}

bool
mach_gate_wait(struct mach_thread *mt)
{
	bool open;

	mtx_lock(&mach_lock);
	mt->in = 0;
	waiting++;
	while (mach_gate == MACH_CLOSED)
		msleep(__DEVOLATILE(int *, &mach_gate), &mach_lock, 0,
		    "machgate", 0);
	waiting--;
	open = mach_gate == MACH_OPEN;
	if (open)
		mt->in = 1;
	mtx_unlock(&mach_lock);
	return (open);
}

/*
 * The process is in another jail by now: the task that it was stays behind,
 * with all its rights.  No other thread is in a trap meanwhile.
 */
static int
task_leave(struct thread *td, struct mach_thread **mtp)
{
	struct proc *p = td->td_proc;
	struct mach_task *mtask;
	bool several;

	PROC_LOCK(p);
	several = (p->p_flag & P_HADTHREADS) != 0;
	if (several && thread_single(p, SINGLE_BOUNDARY) != 0) {
		PROC_UNLOCK(p);
		return (ERESTART);
	}
	PROC_UNLOCK(p);
	mtask = mach_task_remove(p);
	if (mtask != NULL)
		mach_task_end(mtask);
	if (several) {
		PROC_LOCK(p);
		thread_single_end(p, SINGLE_BOUNDARY);
		PROC_UNLOCK(p);
	}
	(*mtp)->in = 0;
	return (mach_thread_find(td, mtp));
}

int
mach_thread_refresh(struct thread *td, struct mach_thread **mtp)
{
	struct ucred *cred = td->td_ucred, *old;
	struct mach_thread *mt = *mtp;
	struct ipc_credentials c;
	int error;

	if (!mach_task_is_of(mt->thread->task, cred)) {
		error = task_leave(td, mtp);
		if (error != 0)
			return (error);
		mt = *mtp;
	}
	mach_task_credentials(mt->task, cred, &c);
	ipc_task_set_credentials(mt->thread->task, &c);
	mtx_lock(&mach_lock);
	old = mt->cred;
	mt->refused = !mach_jail_allows(cred);
	mt->capmode = (cred->cr_flags & CRED_FLAG_CAPMODE) != 0;
	mt->cred = crhold(cred);
	mtx_unlock(&mach_lock);
	if (old != NULL)
		crfree(old);
	return (0);
}

void
mach_threads_recheck(void)
{
	struct mach_thread *mt;

	mtx_lock(&mach_lock);
	LIST_FOREACH(mt, &threads, all)
	{
		if (mt->cred != NULL)
			mt->refused = !mach_jail_allows(mt->cred);
	}
	mtx_unlock(&mach_lock);
}

void
mach_thread_end(struct thread *td)
{
	struct mach_thread *mt = mach_thread_of(td);
	struct ipc_thread *thread;

	mach_catch_end(td);
	if (mt == NULL)
		return;
	mtx_lock(&mach_lock);
	thread = mt->thread;
	mt->thread = NULL;
	if (mt->task != NULL)
		LIST_REMOVE(mt, of_task);
	mt->task = NULL;
	mtx_unlock(&mach_lock);
	thread_destroy(thread);
}

unsigned int
mach_inside(void)
{
	struct mach_thread *mt;
	unsigned int n;

	mtx_lock(&mach_lock);
	n = making + leaving + mach_catches();
	if (mach_gate == MACH_GONE)
		n += waiting + mach_border_leave();
	LIST_FOREACH(mt, &threads, all)
	{
		if (mt->in == 0)
			continue;
		n++;
		if (mt->thread != NULL)
			ipc_os_wake(mt->thread);
	}
	mtx_unlock(&mach_lock);
	return (n);
}

/*
 * A thread that ends by thr_exit(2) does so here.  The kernel's event,
 * thread_dtor, comes when its memory is used again: up to ten seconds later,
 * by a callout (kern_thread.c), too late for whoever waits for its port's
 * death.  The process is locked; p_pendingexits keeps another thread from being
 * taken for one that is not the last, as where ptracestop() unlocks it.
 */
static void
thread_leaves(struct thread *td)
{
	struct mach_thread *mt = mach_thread_of(td);
	struct proc *p = td->td_proc;

	PROC_LOCK_ASSERT(p, MA_OWNED);
	if (mt != NULL && mt->thread != NULL) {
		mtx_lock(&mach_lock);
		leaving++;
		mtx_unlock(&mach_lock);
		p->p_pendingexits++;
		PROC_UNLOCK(p);
		mach_thread_end(td);
		PROC_LOCK(p);
		p->p_pendingexits--;
		mtx_lock(&mach_lock);
		leaving--;
		mtx_unlock(&mach_lock);
	}
	if (next_exit != NULL)
		next_exit(td);
}

void
mach_exits_start(void)
{
	unsigned int i;

	if (mach_vectors[0] == NULL)
		return;
	next_exit = mach_vectors[0]->sv_ontdexit;
	for (i = 0; i < MACH_VECTORS && mach_vectors[i] != NULL; i++)
		mach_vectors[i]->sv_ontdexit = thread_leaves;
}

bool
mach_exits_ours(void)
{
	unsigned int i;

	for (i = 0; i < MACH_VECTORS && mach_vectors[i] != NULL; i++) {
		if (mach_vectors[i]->sv_ontdexit != thread_leaves)
			return (false);
	}
	return (true);
}

void
mach_exits_stop(void)
{
	unsigned int i;

	for (i = 0; i < MACH_VECTORS && mach_vectors[i] != NULL; i++) {
		if (mach_vectors[i]->sv_ontdexit == thread_leaves)
			mach_vectors[i]->sv_ontdexit = next_exit;
	}
}

static void
slot_destroy(void *value)
{
	struct mach_thread *mt = value;

	KASSERT(mt->thread == NULL, ("mach: a thread outlives its task"));
	mtx_lock(&mach_lock);
	LIST_REMOVE(mt, all);
	mtx_unlock(&mach_lock);
	if (mt->cred != NULL)
		crfree(mt->cred);
	free(mt, M_MACH);
}

void
mach_threads_start(void)
{
	mach_slot = osd_thread_register(slot_destroy);
}

void
mach_threads_stop(void)
{
	osd_thread_deregister(mach_slot);
}
