/*
 * Processes and threads: a task is made at a process' first trap, whether it
 * is older than the module or not, and goes with the process.  A process may
 * have no state at any time: kernel and Linux processes never do.
 */
#include "mach/kmod/kmod.h"

#include <sys/eventhandler.h>
#include <sys/hash.h>
#include <sys/jail.h>
#include <sys/kernel.h>
#include <sys/osd.h>
#include <sys/proc.h>
#include <sys/ucred.h>

struct mach_task {
	LIST_ENTRY(mach_task) link;
	struct proc *p;
	struct ipc_task *task;
	LIST_HEAD(, mach_thread) threads;
};

LIST_HEAD(task_list, mach_task);

struct mtx mach_lock;
struct ipc_host *mach_host;
int mach_slot;

static struct task_list *tasks; /* hashed by process */
static u_long tasks_mask;
static volatile uint32_t ntasks;
static LIST_HEAD(, mach_thread) threads;
static uint32_t versions; /* of pids: pidversion of audit tokens */
static eventhandler_tag exit_tag, exec_tag, fork_tag, thread_tag;

static struct task_list *
chain_of(const struct proc *p)
{
	/* Processes are some hundred bytes each. */
	return (&tasks[((uintptr_t)p >> 9) & tasks_mask]);
}

static struct mach_task *
task_find(const struct proc *p)
{
	struct mach_task *mtask;

	mtx_assert(&mach_lock, MA_OWNED);
	LIST_FOREACH (mtask, chain_of(p), link) {
		if (mtask->p == p)
			return (mtask);
	}
	return (NULL);
}

static void
credentials_of(
    const struct proc *p, const struct ucred *cred, struct ipc_credentials *c)
{
	c->auid = (uint32_t)cred->cr_audit.ai_auid;
	c->euid = cred->cr_uid;
	c->egid = cred->cr_gid;
	c->ruid = cred->cr_ruid;
	c->rgid = cred->cr_rgid;
	c->pid = (uint32_t)p->p_pid;
	c->asid = (uint32_t)cred->cr_audit.ai_asid;
	c->pidversion = atomic_fetchadd_32(&versions, 1) + 1;
}

/*
 * Tasks
 */

/* Frees one that nobody finds any more: its threads' states first. */
static void
task_end(struct mach_task *mtask)
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
		if (thread != NULL)
			ipc_thread_destroy(thread);
		mtx_lock(&mach_lock);
	}
	mtx_unlock(&mach_lock);
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
	mtask = task_find(p);
	if (mtask != NULL) {
		LIST_REMOVE(mtask, link);
		ntasks--;
	}
	mtx_unlock(&mach_lock);
	return (mtask);
}

/* One that is not in the table yet; NULL without memory. */
static struct mach_task *
task_make(struct proc *p, struct ipc_task *parent, struct ucred *cred)
{
	struct ipc_credentials c;
	struct mach_task *mtask;

	credentials_of(p, cred, &c);
	mtask = malloc(sizeof(*mtask), M_MACH, M_WAITOK | M_ZERO);
	mtask->p = p;
	mtask->task = ipc_task_create(mach_host, parent, &c);
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
	if (p->p_flag & (P_WEXIT | P_SYSTEM))
		return (NULL);
	mtx_lock(&mach_lock);
	mtask = task_find(p);
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

	if (p->p_flag & (P_WEXIT | P_SYSTEM)) {
		PROC_UNLOCK(p);
		return (NULL);
	}
	mtx_lock(&mach_lock);
	mtask = task_find(p);
	if (mtask != NULL)
		task = ipc_task_ref(mtask->task);
	mtx_unlock(&mach_lock);
	if (task != NULL) {
		PROC_UNLOCK(p);
		return (task);
	}
	cred = crhold(p->p_ucred);
	_PHOLD(p);
	PROC_UNLOCK(p);
	new = task_make(p, NULL, cred);
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
