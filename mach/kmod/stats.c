/*
 * mach.trap.NAME.{calls,errors}: counters of a processor each, and
 * mach.stats.*.
 */
#include "mach/kmod/kmod.h"

#include <sys/counter.h>
#include <sys/kernel.h>

#define ROWS UINT8_MAX

static struct sysctl_ctx_list context;
static counter_u64_t calls[ROWS], errors[ROWS];

void
mach_stats_count(const struct ipc_trap *trap, uint64_t result)
{
	size_t row = (size_t)(trap - ipc_trap_at(0));

	counter_u64_add(calls[row], 1);
	if (result != 0 && trap->args[0] != '=')
		counter_u64_add(errors[row], 1);
}

static int
holders(SYSCTL_HANDLER_ARGS)
{
	unsigned int n = mach_holders();

	(void)arg1;
	(void)arg2;
	return (sysctl_handle_int(oidp, &n, 0, req));
}

static void
trap_add(struct sysctl_oid_list *parent, size_t row, const char *name)
{
	struct sysctl_oid *node;

	calls[row] = counter_u64_alloc(M_WAITOK);
	errors[row] = counter_u64_alloc(M_WAITOK);
	node = SYSCTL_ADD_NODE(&context, parent, OID_AUTO, name,
	    CTLFLAG_RD | CTLFLAG_MPSAFE, NULL, "Trap");
	SYSCTL_ADD_COUNTER_U64(&context, SYSCTL_CHILDREN(node), OID_AUTO,
	    "calls", CTLFLAG_RD, &calls[row], "Calls");
	SYSCTL_ADD_COUNTER_U64(&context, SYSCTL_CHILDREN(node), OID_AUTO,
	    "errors", CTLFLAG_RD, &errors[row],
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
	return (0);
}

void
mach_stats_stop(void)
{
	size_t i;

	/* Waits for handlers that run. */
	(void)sysctl_ctx_free(&context);
	for (i = 0; ipc_trap_at(i) != NULL; i++) {
		counter_u64_free(calls[i]);
		counter_u64_free(errors[i]);
	}
}
