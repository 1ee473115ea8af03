/*
 * What the kernel tells of processes and threads, and the beginning and end of
 * all that the module knows of them (tasks.c, threads.c).
 */
#include "mach/kmod/kmod.h"

#include <sys/eventhandler.h>
#include <sys/imgact.h>
#include <sys/kernel.h>
#include <sys/proc.h>
#include <sys/ucred.h>

struct ipc_host *mach_host;

static eventhandler_tag exit_tag, exec_tag, fork_tag, thread_tag;

static void
process_exit(void *arg, struct proc *p)
{
	struct mach_task *mtask = mach_task_remove(p);

	(void)arg;
	mach_catch_end(curthread);
	if (mtask != NULL)
		mach_task_end(mtask);
}

/* The old image's other threads are past their last trap. */
static void
process_exec(void *arg, struct proc *p, struct image_params *imgp)
{
	struct ucred *cred = imgp->newcred != NULL ? imgp->newcred : p->p_ucred;
	struct ipc_credentials c;
	struct mach_task *mtask;

	(void)arg;
	if (mach_tasks_none())
		return;
	mtx_lock(&mach_lock);
	mtask = mach_task_find(p);
	mtx_unlock(&mach_lock);
	if (mtask == NULL)
		return;
	mach_threads_end(mtask);
	/* The rights by which it could go on again are gone. */
	mtask->suspends = 0;
	mach_task_version_new(mtask);
	mach_task_credentials(mtask, cred, &c);
	if (mach_task_is_of(mtask->task, cred) &&
	    ipc_task_exec(mtask->task, &c) == KERN_SUCCESS) {
		/* Of another version by now: nobody sets them as allowed before. */
		if (imgp->credential_setid)
			ipc_task_drop_exceptions(mtask->task);
		return;
	}
	/*
	 * Without ports of its own it is none, nor is one that stayed outside
	 * the jail: the next trap makes one.
	 */
	mtask = mach_task_remove(p);
	mach_task_end(mtask);
}

/* The child does not run yet; it gets the special ports and nothing else. */
static void
process_fork(void *arg, struct proc *p1, struct proc *p2, int flags)
{
	struct mach_task *mtask, *new;
	struct ipc_task *parent = NULL;

	(void)arg;
	(void)flags;
	if (mach_tasks_none())
		return;
	mtx_lock(&mach_lock);
	mtask = mach_task_find(p1);
	if (mtask != NULL)
		parent = ipc_task_ref(mtask->task);
	mtx_unlock(&mach_lock);
	if (parent == NULL)
		return;
	/* Nothing is inherited across a jail's border. */
	new = mach_task_is_of(parent, p2->p_ucred)
		  ? mach_task_make(p2, parent, p2->p_ucred)
		  : NULL;
	ipc_task_unref(parent);
	if (new == NULL)
		return;
	PROC_LOCK(p2);
	mtask = mach_task_add_locked(p2, new);
	PROC_UNLOCK(p2);
	if (mtask != new)
		mach_task_end(new);
}

/* May sleep; the slot's destructor, which comes next, may not. */
static void
thread_exit_handler(void *arg, struct thread *td)
{
	(void)arg;
	mach_thread_end(td);
}

int
mach_lifecycle_start(void)
{
	mach_policy_start();
	mach_tasks_start();
	mach_host = ipc_host_create(&mach_limits);
	if (mach_host == NULL) {
		mach_tasks_stop();
		return (ENOMEM);
	}
	mach_threads_start();
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
	/* Each waits for the calls in progress. */
	EVENTHANDLER_DEREGISTER(process_fork, fork_tag);
	EVENTHANDLER_DEREGISTER(process_exec, exec_tag);
	EVENTHANDLER_DEREGISTER(process_exit, exit_tag);
	/* A thread that ends meanwhile is still told of. */
	mach_tasks_end();
	EVENTHANDLER_DEREGISTER(thread_dtor, thread_tag);
	mach_threads_stop();
	mach_jails_stop();
	mach_tasks_stop();
}
