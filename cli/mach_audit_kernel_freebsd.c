/*
 * isthmus mach audit on FreeBSD: what mach.ko tells by sysctl(3), and what a
 * trap costs by each transport.
 */
#include <sys/types.h>
#include <sys/sysctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <mach/mach.h>

#include "base/fail.h"
#include "cli/mach_audit.h"

#define CALLS 20000 /* a repetition */
#define REPETITIONS 9

static const struct {
	const char *name, *number, *error;
} transports[AUDIT_TRANSPORTS] = {
	{ "table", NULL, "mach.transport.error.table" },
	{ "slots", "mach.syscall.mach_reply_port",
	    "mach.transport.error.slots" },
	{ "mux", "mach.transport.mux", "mach.transport.error.mux" },
	{ "device", NULL, "mach.transport.error.device" },
};

static const struct {
	const char *name, *oid, *what;
} lists[AUDIT_LISTS] = {
	{ "dynamic", "mach.audit.dynamic", "dynamic system calls, free" },
	{ "optional", "mach.audit.optional",
	    "of optional facilities, to be had by number" },
	{ "reserved_taken", "mach.audit.reserved_taken",
	    "RESERVED, to be had by number" },
	{ "reserved_refused", "mach.audit.reserved_refused",
	    "RESERVED, refused" },
	{ "filters", "mach.audit.filters", "kqueue filters, unclaimed" },
};

static bool
integer(const char *oid, int *value, struct error *e)
{
	size_t size;

	size = sizeof(*value);
	return (sysctlbyname(oid, value, &size, NULL, 0) == 0 ||
		fail(e, errno, "read sysctl", oid, NULL));
}

static bool
text(const char *oid, char **value, struct error *e)
{
	size_t size = 0;

	if (sysctlbyname(oid, NULL, &size, NULL, 0) != 0)
		return (fail(e, errno, "read sysctl", oid, NULL));
	*value = calloc(1, size + 1);
	if (*value == NULL)
		return (fail(e, ENOMEM, "read sysctl", oid, NULL));
	return (sysctlbyname(oid, *value, &size, NULL, 0) == 0 ||
		fail(e, errno, "read sysctl", oid, NULL));
}

/*
 * The cost of a trap: of giving back no name, which each transport has.
 */

static double
seconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec + (double)ts.tv_nsec / 1e9);
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x < *y ? -1 : *x > *y);
}

/* The median of both in turn. */
static double
measure(void)
{
	double ratios[REPETITIONS], t0, t1, t2;
	mach_port_t self = mach_task_self();
	int i, k;

	for (i = 0; i < REPETITIONS; i++) {
		t0 = seconds();
		for (k = 0; k < CALLS; k++)
			(void)getppid();
		t1 = seconds();
		for (k = 0; k < CALLS; k++)
			(void)mach_port_deallocate(self, MACH_PORT_NULL);
		t2 = seconds();
		ratios[i] = (t2 - t1) / (t1 - t0);
	}
	qsort(ratios, REPETITIONS, sizeof(ratios[0]), compare);
	return (ratios[REPETITIONS / 2]);
}

/* In a process of its own, as a process has one transport for good. */
static bool
cost(const char *transport, double *ratio, struct error *e)
{
	int fds[2], status;
	ssize_t got;
	pid_t pid;

	if (pipe(fds) != 0)
		return (fail(e, errno, "measure", transport, NULL));
	pid = fork();
	if (pid == 0) {
		(void)setenv("ISTHMUS_MACH_TRANSPORT", transport, 1);
		*ratio = measure();
		_exit(write(fds[1], ratio, sizeof(*ratio)) == sizeof(*ratio)
			  ? 0
			  : 1);
	}
	close(fds[1]);
	got = pid == -1 ? -1 : read(fds[0], ratio, sizeof(*ratio));
	close(fds[0]);
	if (pid == -1)
		return (fail(e, errno, "measure", transport, NULL));
	if (waitpid(pid, &status, 0) != pid || status != 0 ||
	    got != sizeof(*ratio))
		return (fail(e, 0, "measure", transport,
		    "the process that measures it has failed"));
	return (true);
}

static bool
transport_read(struct audit_transport *t, size_t i, struct error *e)
{
	t->name = transports[i].name;
	t->number = -1;
	if (!integer(transports[i].error, &t->error, e) ||
	    (transports[i].number != NULL &&
		!integer(transports[i].number, &t->number, e)))
		return (false);
	return (t->error != 0 || cost(t->name, &t->ratio, e));
}

bool
audit_kernel_read(struct audit_kernel *k, struct error *e)
{
	size_t size = 0, i;
	bool ok;

	*k = (struct audit_kernel){ 0 };
	k->module =
	    sysctlbyname("mach.audit.dynamic", NULL, &size, NULL, 0) == 0;
	if (!k->module)
		return (true);
	ok = integer("mach.audit.reserved_error", &k->reserved_error, e) &&
	     integer("mach.evfilt", &k->evfilt, e) &&
	     integer("mach.border", &k->border, e) &&
	     integer("mach.exceptions", &k->exceptions, e);
	for (i = 0; ok && i < AUDIT_LISTS; i++) {
		k->lists[i].name = lists[i].name;
		k->lists[i].what = lists[i].what;
		ok = text(lists[i].oid, &k->lists[i].numbers, e);
	}
	for (i = 0; ok && i < AUDIT_TRANSPORTS; i++)
		ok = transport_read(&k->transports[i], i, e);
	return (ok);
}

void
audit_kernel_clear(struct audit_kernel *k)
{
	size_t i;

	for (i = 0; i < AUDIT_LISTS; i++)
		free(k->lists[i].numbers);
	*k = (struct audit_kernel){ 0 };
}
