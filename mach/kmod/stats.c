/*
 * mach.trap.NAME.{calls,errors}: counters of a processor each, and
 * mach.stats.*.
 */
#include "mach/kmod/kmod.h"

#include <sys/jail.h>
#include <sys/kernel.h>
#include <sys/proc.h>

#define ROWS IPC_TRAP_ROWS

static struct sysctl_ctx_list context;
counter_u64_t mach_calls[ROWS], mach_errors[ROWS];

static int
holders(SYSCTL_HANDLER_ARGS)
{
	unsigned int n = mach_holders();

	(void)arg1;
	(void)arg2;
	return (sysctl_handle_int(oidp, &n, 0, req));
}

/* Of one host, by its users' accounts. */
static void
bytes_add(struct ipc_host *host, void *arg)
{
	uint64_t *bytes = arg;
	struct ipc_ring *r;

	ipc_mutex_lock(&host->accounts_lock);
	for (r = host->accounts; r != NULL;
	     r = ipc_ring_next(host->accounts, r))
		*bytes += ipc_load_acquire(
		    &IPC_RING_ITEM(r, struct ipc_account, ring)->bytes);
	ipc_mutex_unlock(&host->accounts_lock);
}

static int
held_bytes(SYSCTL_HANDLER_ARGS)
{
	struct ucred *cred = req->td->td_ucred;
	struct ipc_host *host;
	uint64_t bytes = 0;

	(void)arg1;
	(void)arg2;
	if (!jailed(cred)) {
		mach_jail_each(bytes_add, &bytes);
	} else if ((host = mach_jail_host(cred, false)) != NULL) {
		bytes_add(host, &bytes);
		ipc_host_unref(host);
	}
	return (sysctl_handle_64(oidp, &bytes, 0, req));
}

static void
trap_add(struct sysctl_oid_list *parent, size_t row, const char *name)
{
	struct sysctl_oid *node;

	mach_calls[row] = counter_u64_alloc(M_WAITOK);
	mach_errors[row] = counter_u64_alloc(M_WAITOK);
	node = SYSCTL_ADD_NODE(&context, parent, OID_AUTO, name,
	    CTLFLAG_RD | CTLFLAG_MPSAFE, NULL, "Trap");
	SYSCTL_ADD_COUNTER_U64(&context, SYSCTL_CHILDREN(node), OID_AUTO,
	    "calls", CTLFLAG_RD, &mach_calls[row], "Calls");
	SYSCTL_ADD_COUNTER_U64(&context, SYSCTL_CHILDREN(node), OID_AUTO,
	    "errors", CTLFLAG_RD, &mach_errors[row],
	    "Calls that returned an error of Mach");
}

int
mach_stats_start(void)
{
	struct sysctl_oid_list *top = SYSCTL_STATIC_CHILDREN(_mach);
	const struct ipc_trap *trap;
	struct sysctl_oid *node;
	size_t i;

	sysctl_ctx_init(&context);
	node = SYSCTL_ADD_NODE(&context, top, OID_AUTO, "trap",
	    CTLFLAG_RD | CTLFLAG_MPSAFE, NULL, "Traps");
	for (i = 0; (trap = ipc_trap_at(i)) != NULL; i++)
		trap_add(SYSCTL_CHILDREN(node), i, trap->name);
	node = SYSCTL_ADD_NODE(&context, top, OID_AUTO, "stats",
	    CTLFLAG_RD | CTLFLAG_MPSAFE, NULL, "Statistics");
	SYSCTL_ADD_PROC(&context, SYSCTL_CHILDREN(node), OID_AUTO, "holders",
	    CTLTYPE_UINT | CTLFLAG_RD | CTLFLAG_MPSAFE, NULL, 0, holders, "IU",
	    "Tasks that have names of ports: while there are, no unload");
	SYSCTL_ADD_PROC(&context, SYSCTL_CHILDREN(node), OID_AUTO, "held_bytes",
	    CTLTYPE_U64 | CTLFLAG_RD | CTLFLAG_MPSAFE, NULL, 0, held_bytes,
	    "QU",
	    "Bytes of messages in queues and of memory entries, with what "
	    "is out of line: of all jails, or of the jail that asks");
	return (0);
}

void
mach_stats_stop(void)
{
	size_t i;

	/* Waits for handlers that run. */
	(void)sysctl_ctx_free(&context);
	for (i = 0; ipc_trap_at(i) != NULL; i++) {
		counter_u64_free(mach_calls[i]);
		counter_u64_free(mach_errors[i]);
	}
}
