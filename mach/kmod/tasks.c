/*
 * Tasks: one is made at a process' first trap, whether the process is older
 * than the module or not, and goes with the process.  A process may have none
 * at any time: kernel and Linux processes never do.
 */
#include "mach/kmod/kmod.h"

#include <sys/proc.h>
#include <sys/ucred.h>

struct mtx mach_lock;
struct mach_task_list *mach_tasks;
u_long mach_tasks_mask;
static volatile uint32_t ntasks;
static uint32_t versions; /* given out */

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

bool
mach_tasks_none(void)
{
	return (ntasks == 0);
}

void
mach_task_credentials(const struct mach_task *mtask, const struct ucred *cred,
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

void
mach_task_version_new(struct mach_task *mtask)
{
	mtask->version = atomic_fetchadd_32(&versions, 1) + 1;
}

void
mach_task_end(struct mach_task *mtask)
{
	mach_threads_end(mtask);
	ipc_task_destroy(mtask->task);
	free(mtask, M_MACH);
}

struct mach_task *
mach_task_remove(struct proc *p)
{
	struct mach_task *mtask;

	if (ntasks == 0)
		return (NULL);
	PROC_LOCK(p);
	mtx_lock(&mach_lock);
	mtask = mach_task_find(p);
	if (mtask != NULL) {
		LIST_REMOVE(mtask, link);
		ntasks--;
	}
	mtx_unlock(&mach_lock);
	PROC_UNLOCK(p);
	return (mtask);
}

bool
mach_task_is_of(const struct ipc_task *task, struct ucred *cred)
{
	struct ipc_host *host = mach_jail_host(cred, false);
	bool same = task->host == host;

	if (host != NULL)
		ipc_host_unref(host);
	return (same);
}

struct mach_task *
mach_task_make(struct proc *p, struct ipc_task *parent, struct ucred *cred)
{
	struct ipc_credentials c;
	struct mach_task *mtask;
	struct ipc_host *host;

	host = mach_jail_host(cred, true);
	if (host == NULL)
		return (NULL);
	mtask = malloc(sizeof(*mtask), M_MACH, M_WAITOK | M_ZERO);
	mtask->p = p;
	mach_task_version_new(mtask);
	mach_task_credentials(mtask, cred, &c);
	mtask->task = ipc_task_create(host, parent, &c);
	ipc_host_unref(host);
	if (mtask->task == NULL) {
		free(mtask, M_MACH);
		return (NULL);
	}
	mtask->task->os = mtask;
	return (mtask);
}

struct mach_task *
mach_task_add_locked(struct proc *p, struct mach_task *new)
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
		if (!mach_task_is_of(task, cred)) {
			ipc_task_unref(task);
			task = NULL;
		}
		PRELE(p);
		crfree(cred);
		return (task);
	}
	new = mach_jail_allows(cred) ? mach_task_make(p, NULL, cred) : NULL;
	crfree(cred);
	PROC_LOCK(p);
	mtask = new == NULL ? NULL : mach_task_add_locked(p, new);
	if (mtask != NULL)
		task = ipc_task_ref(mtask->task);
	_PRELE(p);
	PROC_UNLOCK(p);
	if (new != NULL && mtask != new)
		mach_task_end(new);
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
	/* The number may be another's by now; who exits cannot be held. */
	mtx_lock(&mach_lock);
	mtask = mach_task_find(p);
	if (mtask != NULL && (mtask->task != task || p->p_flag & P_WEXIT))
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

void
mach_tasks_start(void)
{
	mtx_init(&mach_lock, "mach processes", NULL, MTX_DEF);
	mach_tasks = hashinit(256, M_MACH, &mach_tasks_mask);
}

void
mach_tasks_end(void)
{
	struct mach_task *mtask;
	u_long i;

	for (i = 0; i <= mach_tasks_mask; i++) {
		while ((mtask = LIST_FIRST(&mach_tasks[i])) != NULL) {
			LIST_REMOVE(mtask, link);
			ntasks--;
			mach_task_end(mtask);
		}
	}
}

void
mach_tasks_stop(void)
{
	hashdestroy(mach_tasks, M_MACH, mach_tasks_mask);
	mtx_destroy(&mach_lock);
}
