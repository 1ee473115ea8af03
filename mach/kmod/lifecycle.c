/*
 * Processes and threads: a task is made at a process' first trap, whether it
 * is older than the module or not, and goes with the process.  A process may
 * have no state at any time: kernel and Linux processes never do.
 */
#include "mach/kmod/kmod.h"

#include <sys/eventhandler.h>
#include <sys/imgact.h>
#include <sys/kernel.h>
#include <sys/osd.h>
#include <sys/proc.h>
#include <sys/ucred.h>

struct mtx mach_lock;
struct ipc_host *mach_host;
int mach_slot;

struct mach_task_list *mach_tasks;
u_long mach_tasks_mask;
static volatile uint32_t ntasks;
static LIST_HEAD(, mach_thread) threads;
static uint32_t versions;	     /* given out */
static unsigned int making, waiting; /* threads, in mach_thread_find() */
static eventhandler_tag exit_tag, exec_tag, fork_tag, thread_tag;

static struct mach_task_list *
chain_of(const struct proc *p)
{
	/* Processes are some hundred bytes each. */
	return (&mach_tasks[((uintptr_t)p >> 9) & mach_tasks_mask]);
}

struct mach_task *
mach_task_find(const struct proc *p)
{
	struct mach_task *mtask;

	mtx_assert(&mach_lock, MA_OWNED);
	LIST_FOREACH(mtask, chain_of(p), link)
	{
		if (mtask->p == p)
			return (mtask);
	}
	return (NULL);
}

static void
credentials_of(const struct mach_task *mtask, const struct ucred *cred,
    struct ipc_credentials *c)
{
	c->auid = (uint32_t)cred->cr_audit.ai_auid;
	c->euid = cred->cr_uid;
	c->egid = cred->cr_gid;
	c->ruid = cred->cr_ruid;
	c->rgid = cred->cr_rgid;
	c->pid = (uint32_t)mtask->p->p_pid;
	c->asid = (uint32_t)cred->cr_audit.ai_asid;
	c->pidversion = mtask->version;
}

/*
 * Tasks
 */

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

/* The threads of a task have no state any more; none is in a trap. */
static void
threads_end(struct mach_task *mtask)
{
	struct ipc_thread *thread;
	struct mach_thread *mt;

	mtx_lock(&mach_lock);
	while ((mt = LIST_FIRST(&mtask->threads)) != NULL) {
		LIST_REMOVE(mt, of_task);
		mt->task = NULL;
		thread = mt->thread;
		mt->thread = NULL;
		mtx_unlock(&mach_lock);
		thread_destroy(thread);
		mtx_lock(&mach_lock);
	}
	mtx_unlock(&mach_lock);
}

/* Frees one that nobody finds any more. */
static void
task_end(struct mach_task *mtask)
{
	threads_end(mtask);
	ipc_task_destroy(mtask->task);
	free(mtask, M_MACH);
}

static struct mach_task *
task_remove(const struct proc *p)
{
	struct mach_task *mtask;

	if (ntasks == 0)
		return (NULL);
	mtx_lock(&mach_lock);
	mtask = mach_task_find(p);
	if (mtask != NULL) {
		LIST_REMOVE(mtask, link);
		ntasks--;
	}
	mtx_unlock(&mach_lock);
	return (mtask);
}

/* Whether it is of the jail that the credentials are of. */
static bool
task_is_of(const struct ipc_task *task, struct ucred *cred)
{
	struct ipc_host *host = mach_jail_host(cred, false);
	bool same = task->host == host;

	if (host != NULL)
		ipc_host_unref(host);
	return (same);
}

/* One that is not in the table yet; NULL without memory. */
static struct mach_task *
task_make(struct proc *p, struct ipc_task *parent, struct ucred *cred)
{
	struct ipc_credentials c;
	struct mach_task *mtask;
	struct ipc_host *host;

	host = mach_jail_host(cred, true);
	if (host == NULL)
		return (NULL);
	mtask = malloc(sizeof(*mtask), M_MACH, M_WAITOK | M_ZERO);
	mtask->p = p;
	mtask->version = atomic_fetchadd_32(&versions, 1) + 1;
	credentials_of(mtask, cred, &c);
	mtask->task = ipc_task_create(host, parent, &c);
	ipc_host_unref(host);
	if (mtask->task == NULL) {
		free(mtask, M_MACH);
		return (NULL);
	}
	mtask->task->os = mtask;
	return (mtask);
}

/*
 * Puts it there, unless the process ends or has one by now, which is then the
 * result.  The process is locked: from P_WEXIT on none is added, and the exit
 * handler, which comes later, finds all that were.
 */
static struct mach_task *
task_add_locked(struct proc *p, struct mach_task *new)
{
	struct mach_task *mtask;

	PROC_LOCK_ASSERT(p, MA_OWNED);
	if (p->p_flag & (P_WEXIT | P_KPROC))
		return (NULL);
	mtx_lock(&mach_lock);
	mtask = mach_task_find(p);
	if (mtask == NULL) {
		mtask = new;
		LIST_INSERT_HEAD(chain_of(p), new, link);
		ntasks++;
	}
	mtx_unlock(&mach_lock);
	return (mtask);
}

struct ipc_task *
mach_task_of_locked(struct proc *p)
{
	struct mach_task *mtask, *new;
	struct ipc_task *task = NULL;
	struct ucred *cred;

	if (p->p_flag & (P_WEXIT | P_KPROC)) {
		PROC_UNLOCK(p);
		return (NULL);
	}
	mtx_lock(&mach_lock);
	mtask = mach_task_find(p);
	if (mtask != NULL)
		task = ipc_task_ref(mtask->task);
	mtx_unlock(&mach_lock);
	cred = crhold(p->p_ucred);
	_PHOLD(p);
	PROC_UNLOCK(p);
	if (task != NULL) {
		/* One from outside the jail that it went into ends soon. */
		if (!task_is_of(task, cred)) {
			ipc_task_unref(task);
			task = NULL;
		}
		PRELE(p);
		crfree(cred);
		return (task);
	}
	new = mach_jail_allows(cred) ? task_make(p, NULL, cred) : NULL;
	crfree(cred);
	PROC_LOCK(p);
	mtask = new == NULL ? NULL : task_add_locked(p, new);
	if (mtask != NULL)
		task = ipc_task_ref(mtask->task);
	_PRELE(p);
	PROC_UNLOCK(p);
	if (new != NULL && mtask != new)
		task_end(new);
	return (task);
}

struct proc *
mach_proc_of_task(struct ipc_task *task)
{
	struct mach_task *mtask;
	struct proc *p;

	p = pfind((pid_t)task->audit.val[5]);
	if (p == NULL)
		return (NULL);
	/* The number may be another's by now. */
	mtx_lock(&mach_lock);
	mtask = mach_task_find(p);
	if (mtask != NULL && mtask->task != task)
		mtask = NULL;
	mtx_unlock(&mach_lock);
	if (mtask != NULL)
		return (p);
	PROC_UNLOCK(p);
	return (NULL);
}

volatile uint32_t *
mach_task_suspends(struct ipc_task *task)
{
	return (&((struct mach_task *)task->os)->suspends);
}

void
mach_border_lock(void)
{
	mtx_lock(&mach_lock);
}

void
mach_border_unlock(void)
{
	mtx_unlock(&mach_lock);
}

/*
 * Threads
 */

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
		new = task_make(p, NULL, td->td_ucred);
		if (new == NULL)
			return (ENOMEM);
		PROC_LOCK(p);
		mtask = task_add_locked(p, new);
		PROC_UNLOCK(p);
		if (mtask != new)
			task_end(new);
		if (mtask == NULL)
			return (ENOSYS);
	}
	mt = osd_thread_get_unlocked(td, mach_slot);
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
	mt->os.td = td;
	mt->os.abort = 0;
	mt->os.suspends = 0;
	mt->os.ends = false;
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
	mtask = task_remove(p);
	if (mtask != NULL)
		task_end(mtask);
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

	if (!task_is_of(mt->thread->task, cred)) {
		error = task_leave(td, mtp);
		if (error != 0)
			return (error);
		mt = *mtp;
	}
	credentials_of(mt->task, cred, &c);
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

/*
 * What the kernel tells of processes and threads
 */

static void
process_exit(void *arg, struct proc *p)
{
	struct mach_task *mtask = task_remove(p);

	(void)arg;
	if (mtask != NULL)
		task_end(mtask);
}

/* The old image's other threads are past their last trap. */
static void
process_exec(void *arg, struct proc *p, struct image_params *imgp)
{
	struct ucred *cred = imgp->newcred != NULL ? imgp->newcred : p->p_ucred;
	struct ipc_credentials c;
	struct mach_task *mtask;

	(void)arg;
	if (ntasks == 0)
		return;
	mtx_lock(&mach_lock);
	mtask = mach_task_find(p);
	mtx_unlock(&mach_lock);
	if (mtask == NULL)
		return;
	threads_end(mtask);
	/* The rights by which it could go on again are gone. */
	mtask->suspends = 0;
	mtask->version = atomic_fetchadd_32(&versions, 1) + 1;
	credentials_of(mtask, cred, &c);
	if (task_is_of(mtask->task, cred) &&
	    ipc_task_exec(mtask->task, &c) == KERN_SUCCESS)
		return;
	/*
	 * Without ports of its own it is none, nor is one that stayed outside
	 * the jail: the next trap makes one.
	 */
	mtask = task_remove(p);
	task_end(mtask);
}

/* The child does not run yet; it gets the special ports and nothing else. */
static void
process_fork(void *arg, struct proc *p1, struct proc *p2, int flags)
{
	struct mach_task *mtask, *new;
	struct ipc_task *parent = NULL;

	(void)arg;
	(void)flags;
	if (ntasks == 0)
		return;
	mtx_lock(&mach_lock);
	mtask = mach_task_find(p1);
	if (mtask != NULL)
		parent = ipc_task_ref(mtask->task);
	mtx_unlock(&mach_lock);
	if (parent == NULL)
		return;
	/* Nothing is inherited across a jail's border. */
	new = task_is_of(parent, p2->p_ucred)
		  ? task_make(p2, parent, p2->p_ucred)
		  : NULL;
	ipc_task_unref(parent);
	if (new == NULL)
		return;
	PROC_LOCK(p2);
	mtask = task_add_locked(p2, new);
	PROC_UNLOCK(p2);
	if (mtask != new)
		task_end(new);
}

void
mach_thread_end(struct thread *td)
{
	struct mach_thread *mt = osd_thread_get_unlocked(td, mach_slot);
	struct ipc_thread *thread;

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

/* May sleep; the slot's destructor, which comes next, may not. */
static void
thread_exit_handler(void *arg, struct thread *td)
{
	(void)arg;
	mach_thread_end(td);
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

/*
 * The module
 */

int
mach_lifecycle_start(void)
{
	mtx_init(&mach_lock, "mach processes", NULL, MTX_DEF);
	mach_tasks = hashinit(256, M_MACH, &mach_tasks_mask);
	mach_host = ipc_host_create(&mach_limits);
	if (mach_host == NULL) {
		hashdestroy(mach_tasks, M_MACH, mach_tasks_mask);
		mtx_destroy(&mach_lock);
		return (ENOMEM);
	}
	mach_slot = osd_thread_register(slot_destroy);
	mach_jails_start();
	exit_tag = EVENTHANDLER_REGISTER(
	    process_exit, process_exit, NULL, EVENTHANDLER_PRI_ANY);
	exec_tag = EVENTHANDLER_REGISTER(
	    process_exec, process_exec, NULL, EVENTHANDLER_PRI_ANY);
	fork_tag = EVENTHANDLER_REGISTER(
	    process_fork, process_fork, NULL, EVENTHANDLER_PRI_ANY);
	thread_tag = EVENTHANDLER_REGISTER(
	    thread_dtor, thread_exit_handler, NULL, EVENTHANDLER_PRI_ANY);
	return (0);
}

void
mach_lifecycle_stop(void)
{
	struct mach_task *mtask;
	u_long i;

	/* Each waits for the calls in progress. */
	EVENTHANDLER_DEREGISTER(process_fork, fork_tag);
	EVENTHANDLER_DEREGISTER(process_exec, exec_tag);
	EVENTHANDLER_DEREGISTER(process_exit, exit_tag);
	EVENTHANDLER_DEREGISTER(thread_dtor, thread_tag);
	for (i = 0; i <= mach_tasks_mask; i++) {
		while ((mtask = LIST_FIRST(&mach_tasks[i])) != NULL) {
			LIST_REMOVE(mtask, link);
			ntasks--;
			task_end(mtask);
		}
	}
	osd_thread_deregister(mach_slot);
	mach_jails_stop();
	ipc_host_destroy(mach_host);
	hashdestroy(mach_tasks, M_MACH, mach_tasks_mask);
	mtx_destroy(&mach_lock);
}

unsigned int
mach_holders(void)
{
	struct mach_task *mtask;
	unsigned int n = 0;
	u_long i;

	mtx_lock(&mach_lock);
	for (i = 0; i <= mach_tasks_mask; i++) {
		LIST_FOREACH(mtask, &mach_tasks[i], link)
		{
			if (mtask->task->space->used != 0)
				n++;
		}
	}
	mtx_unlock(&mach_lock);
	return (n);
}

unsigned int
mach_inside(void)
{
	struct mach_thread *mt;
	unsigned int n;

	mtx_lock(&mach_lock);
	n = making;
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
