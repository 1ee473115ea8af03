/*
 * mach.ko: Mach traps on an unpatched kernel.
 */
#include "mach/kmod/kmod.h"
#include "mach/os/freebsd/poll.h"

#include <sys/kernel.h>
#include <sys/module.h>

MALLOC_DEFINE(M_MACH, "mach", "Mach processes");

SYSCTL_ROOT_NODE(OID_AUTO, mach, CTLFLAG_RW | CTLFLAG_MPSAFE, NULL, "Mach IPC");
SYSCTL_NODE(_mach, OID_AUTO, transport, CTLFLAG_RW | CTLFLAG_MPSAFE, NULL,
    "How traps reach the module");

static char transports[64] = "table,mux,device";
SYSCTL_STRING(_mach, OID_AUTO, transports, CTLFLAG_RDTUN, transports,
    sizeof(transports), "Transports to set up");

enum { UNASKED = -1 };

struct transport {
	const char *name;
	int (*start)(void);
	void (*stop)(void);
	int error; /* of start, UNASKED before it */
};

/*
 * In the order in which traps are kept out again.  `slots` wants every dynamic
 * system call there is, and comes before `mux`, which wants one.
 */
enum { TABLE, SLOTS, MUX, DEVICE };
static struct transport all[] = {
	[TABLE] = { "table", mach_table_start, mach_table_stop, UNASKED },
	[SLOTS] = { "slots", mach_slots_start, mach_slots_stop, UNASKED },
	[MUX] = { "mux", mach_mux_start, mach_mux_stop, UNASKED },
	[DEVICE] = { "device", mach_device_start, mach_device_stop, UNASKED },
};

static SYSCTL_NODE(_mach_transport, OID_AUTO, error,
    CTLFLAG_RD | CTLFLAG_MPSAFE, NULL,
    "0: works; -1: not asked for; else the errno of setting it up");
SYSCTL_INT(_mach_transport_error, OID_AUTO, table, CTLFLAG_RD,
    &all[TABLE].error, 0, "Of mach.transport.table");
SYSCTL_INT(_mach_transport_error, OID_AUTO, slots, CTLFLAG_RD,
    &all[SLOTS].error, 0, "Of mach.syscall");
SYSCTL_INT(_mach_transport_error, OID_AUTO, mux, CTLFLAG_RD, &all[MUX].error, 0,
    "Of mach.transport.mux");
SYSCTL_INT(_mach_transport_error, OID_AUTO, device, CTLFLAG_RD,
    &all[DEVICE].error, 0, "Of mach.transport.device");

static int exceptions;
SYSCTL_INT(_mach, OID_AUTO, exceptions, CTLFLAG_RD, &exceptions, 0,
    "Faults are told to exception handlers");

/* True when the comma-separated list has the name. */
static bool
wanted(const char *list, const char *name)
{
	size_t n = strlen(name);
	const char *p;

	for (p = list; p != NULL; p = strchr(p, ',')) {
		if (*p == ',')
			p++;
		if (strncmp(p, name, n) == 0 && (p[n] == ',' || p[n] == '\0'))
			return (true);
	}
	return (false);
}

static void
transports_stop(void)
{
	unsigned int i;

	for (i = 0; i < nitems(all); i++) {
		if (all[i].error == 0)
			all[i].stop();
		all[i].error = UNASKED;
	}
}

/* One that works is enough. */
static int
transports_start(void)
{
	unsigned int i, n = 0;
	int last = ENOENT;

	for (i = 0; i < nitems(all); i++) {
		if (!wanted(transports, all[i].name))
			continue;
		all[i].error = all[i].start();
		if (all[i].error == 0) {
			n++;
			continue;
		}
		last = all[i].error;
		printf("mach: transport %s: error %d\n", all[i].name, last);
	}
	return (n > 0 ? 0 : last);
}

/*
 * What the kernel calls us by for threads of any process, Mach's or not.  Who
 * is in there comes out before our code goes.
 */
static void
hooks_stop(void)
{
	mach_catch_stop();
	mach_exits_stop();
	mach_border_stop();
	while (!mach_quiesce() || mach_inside() != 0)
		printf("mach: a thread does not leave; waiting for it\n");
	(void)mach_quiesce();
}

static int
load(void)
{
	int error;

	mach_trap_start();
	mach_vectors_start();
	mach_alarms_start();
	if (!mach_selftest()) {
		printf("mach: the self-test failed: not loaded\n");
		mach_alarms_stop();
		return (EDOOFUS);
	}
	mach_gate = MACH_OPEN;
	error = mach_lifecycle_start();
	if (error != 0) {
		mach_alarms_stop();
		return (error);
	}
	mach_audit();
	mach_evfilt_start();
	mach_border_start();
	mach_exits_start();
	error = mach_catch_start();
	exceptions = error == 0;
	if (error != 0)
		printf("mach: exceptions are not delivered: error %d\n", error);
	error = mach_stats_start();
	if (error == 0)
		error = transports_start();
	if (error != 0) {
		mach_gate = MACH_GONE;
		mach_evfilt_stop();
		hooks_stop();
		mach_stats_stop();
		mach_lifecycle_stop();
		mach_alarms_stop();
	}
	return (error);
}

static int
unload(void)
{
	if (!mach_table_ours() || !mach_catch_ours() || !mach_exits_ours() ||
	    !mach_drain())
		return (EBUSY);
	mach_evfilt_stop();
	transports_stop();
	/* And who came between the gate and the end of its transport. */
	hooks_stop();
	mach_stats_stop();
	mach_lifecycle_stop();
	mach_alarms_stop();
	mach_table_free();
	return (0);
}

static int
modevent(module_t module, int what, void *arg)
{
	unsigned int n, polls;

	(void)module;
	(void)arg;
	switch (what) {
	case MOD_LOAD:
		return (load());
	case MOD_QUIESCE:
		n = mach_holders();
		polls = mach_poll_count();
		if (n != 0)
			printf("mach: not unloaded: %u tasks hold ports\n", n);
		else if (polls != 0)
			printf("mach: not unloaded: %u ports are followed by "
			       "descriptors\n",
			    polls);
		return (n != 0 || polls != 0 ? EBUSY : 0);
	case MOD_UNLOAD:
		return (unload());
	case MOD_SHUTDOWN:
		return (0);
	default:
		return (EOPNOTSUPP);
	}
}

static moduledata_t mach_module = { "mach", modevent, NULL };
DECLARE_MODULE(mach, mach_module, SI_SUB_SYSCALLS, SI_ORDER_MIDDLE);
MODULE_VERSION(mach, 1);
