/*
 * Jails: each that may use Mach (allow.mach) has a host of its own, and with it
 * ports of a host, special ports and accounts.  It is made at the jail's first
 * trap and ends with the jail.
 */
#include "mach/kmod/kmod.h"

#include <sys/jail.h>
#include <sys/kernel.h>
#include <sys/osd.h>
#include <sys/proc.h>
#include <sys/sx.h>
#include <sys/taskqueue.h>
#include <sys/ucred.h>

#include "mach/os/freebsd/compat.h"

struct mach_jail {
	LIST_ENTRY(mach_jail) link;
	struct ipc_host *host;
};

/* Held while hosts of jails are made and ended; they are found without. */
static struct sx jails_lock;
SX_SYSINIT(mach_jails, &jails_lock, "mach jails");
static LIST_HEAD(, mach_jail) jails = LIST_HEAD_INITIALIZER(jails);
static unsigned int allow; /* of prison.pr_allow */
static int slot;	   /* of osd(9) */
/*
 * Where hosts of jails end: what is released with their ports may sleep for
 * as long as a user wishes (close(2) of a socket that lingers), and the kernel
 * removes jails under a lock of all jails.
 */
static struct taskqueue *endings;

struct ending {
	struct task task;
	struct ipc_host *host;
};

bool
mach_jail_allows(struct ucred *cred)
{
	return (
	    !jailed(cred) || (allow != 0 && prison_allow(cred, allow) != 0));
}

static struct ipc_host *
host_ref(struct ipc_host *host)
{
	ipc_ref_get(&host->refs);
	return (host);
}

/* The jail's; the lock is held. */
static struct mach_jail *
jail_make(struct prison *pr)
{
	struct mach_jail *jail;

	jail = malloc(sizeof(*jail), M_MACH, M_WAITOK | M_ZERO);
	jail->host = ipc_host_create(&mach_limits);
	if (jail->host == NULL || osd_jail_set(pr, slot, jail) != 0) {
		if (jail->host != NULL)
			ipc_host_destroy(jail->host);
		free(jail, M_MACH);
		return (NULL);
	}
	LIST_INSERT_HEAD(&jails, jail, link);
	return (jail);
}

struct ipc_host *
mach_jail_host(struct ucred *cred, bool make)
{
	struct prison *pr = cred->cr_prison;
	struct ipc_host *host = NULL;
	struct mach_jail *jail;

	if (pr == &prison0)
		return (host_ref(mach_host));
	sx_xlock(&jails_lock);
	jail = osd_jail_get(pr, slot);
	/* One that dies still has processes, and is not removed again. */
	if (jail == NULL && make && prison_isalive(pr))
		jail = jail_make(pr);
	if (jail != NULL)
		host = host_ref(jail->host);
	sx_xunlock(&jails_lock);
	return (host);
}

void
mach_jail_each(void (*function)(struct ipc_host *, void *), void *arg)
{
	struct mach_jail *jail;

	sx_slock(&jails_lock);
	/* Sysctls of the module end after all else of it. */
	if (mach_host != NULL)
		function(mach_host, arg);
	LIST_FOREACH(jail, &jails, link)
	{
		function(jail->host, arg);
	}
	sx_sunlock(&jails_lock);
}

static void
host_end(void *arg, int pending)
{
	struct ending *ending = arg;

	(void)pending;
	ipc_host_destroy(ending->host);
	free(ending, M_MACH);
}

/*
 * It is dying; its processes are killed after this, and may be at their host
 * yet.  One that is revived gets a new host.
 */
static int
jail_remove(void *prison, void *data)
{
	struct ending *ending;
	struct mach_jail *jail;

	(void)data;
	ending = malloc(sizeof(*ending), M_MACH, M_WAITOK | M_ZERO);
	TASK_INIT(&ending->task, 0, host_end, ending);
	sx_xlock(&jails_lock);
	jail = osd_jail_get((struct prison *)prison, slot);
	/* Without one the module is on its way out. */
	if (jail != NULL && jail->host != NULL) {
		LIST_REMOVE(jail, link);
		ending->host = jail->host;
		osd_jail_del((struct prison *)prison, slot);
	}
	sx_xunlock(&jails_lock);
	if (ending->host != NULL)
		(void)taskqueue_enqueue(endings, &ending->task);
	else
		free(ending, M_MACH);
	return (0);
}

/* allow.mach may have changed, for it and for those below it. */
static int
jail_set(void *prison, void *data)
{
	(void)prison;
	(void)data;
	mach_threads_recheck();
	return (0);
}

static void
slot_destroy(void *value)
{
	free(value, M_MACH);
}

void
mach_jails_start(void)
{
	static const osd_method_t methods[PR_MAXMETHOD] = {
		[PR_METHOD_SET] = jail_set,
		[PR_METHOD_REMOVE] = jail_remove,
	};

	endings = taskqueue_create(
	    "mach endings", M_WAITOK, taskqueue_thread_enqueue, &endings);
	(void)taskqueue_start_threads(&endings, 1, PWAIT, "mach endings");
	/* It has one bit for as long as the kernel runs: no load takes two. */
	allow = prison_add_allow(
	    NULL, "mach", NULL, "Processes in jail may use Mach IPC");
	if (allow == 0)
		printf("mach: no room for allow.mach: none for jails\n");
	slot =
	    osd_jail_register(slot_destroy, MACH_TABLE(osd_method_t, methods));
}

/*
 * 13.2 goes on to call the methods of a slot that is no more, where another
 * module has a later one; who gets the number next overwrites them.  Slots are
 * given out from the lowest on.
 */
static void
methods_forget(u_int gone)
{
	u_int next = (u_int)osd_jail_register(NULL, NULL);

	if (next < gone)
		methods_forget(gone);
	osd_jail_deregister(next);
}

/* One that is there yet, of a jail or the machine's, which is the last. */
static struct ipc_host *
host_take(void)
{
	struct ipc_host **from = &mach_host;
	struct mach_jail *jail;
	struct ipc_host *host;

	sx_xlock(&jails_lock);
	jail = LIST_FIRST(&jails);
	if (jail != NULL) {
		LIST_REMOVE(jail, link);
		from = &jail->host;
	}
	host = *from;
	*from = NULL;
	sx_xunlock(&jails_lock);
	return (host);
}

void
mach_jails_stop(void)
{
	struct ipc_host *host;

	/* Without the lock: a close may last, or remove a jail. */
	while ((host = host_take()) != NULL)
		ipc_host_destroy(host);
	osd_jail_deregister(slot);
	methods_forget((u_int)slot);
	/* No jail's end comes any more; it waits for those that came. */
	taskqueue_drain_all(endings);
	taskqueue_free(endings);
}
