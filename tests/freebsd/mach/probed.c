/*
 * Some traps whose every probe is known, and what mach_probed.ko saw of them.
 * Beside both modules, as root; what was not seen is said, and status 1.
 */
#include <sys/types.h>
#include <sys/sysctl.h>

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "probed.h"
#include "raw.h"

#define ID 0x4711

static struct probed seen[PROBED_MAX];
static size_t nseen;
static int missing;

#define ANY (~0UL)

/* One that fired here with those arguments and, unless it is NULL, that text. */
static void
must(const char *probe, unsigned long a, const char *text, unsigned long b,
    unsigned long c, unsigned long d)
{
	const struct probed *p;
	size_t i;

	for (i = 0; i < nseen; i++) {
		p = &seen[i];
		if (p->pid == getpid() && strcmp(p->probe, probe) == 0 &&
		    (a == ANY || p->arg[0] == a) &&
		    (b == ANY || p->arg[1] == b) &&
		    (c == ANY || p->arg[2] == c) &&
		    (d == ANY || p->arg[3] == d) &&
		    (text == NULL || strcmp(p->text, text) == 0))
			return;
	}
	printf("not seen: %s(%lx, %lx, %lx, %lx) %s\n", probe, a, b, c, d,
	    text == NULL ? "" : text);
	missing++;
}

/* The first argument of a trap of that number, as it began. */
static void
must_begin(int number, const char *name, unsigned long first)
{
	size_t i;

	for (i = 0; i < nseen; i++) {
		if (seen[i].pid == getpid() &&
		    strcmp(seen[i].probe, "trap__entry") == 0 &&
		    seen[i].arg[0] == (unsigned long)number &&
		    strcmp(seen[i].text, name) == 0 && seen[i].first == first)
			return;
	}
	printf("not seen: trap %d %s of %lx\n", number, name, first);
	missing++;
}

int
main(void)
{
	size_t size = sizeof(seen);
	mach_port_name_t self, port;
	unsigned long pid = (unsigned long)getpid();
	size_t i;

	if (!raw_use(RAW_TABLE))
		errx(3, "no transport");
	self = raw_self();
	port = raw_port_send();
	if (raw_send(port, ID, 0) != 0 || raw_receive(port, 0) != ID ||
	    RAW(3205, self, port) != KERN_SUCCESS)
		errx(3, "traps");
	if (sysctlbyname("debug.mach_probed.seen", seen, &size, NULL, 0) != 0)
		err(3, "debug.mach_probed.seen");
	nseen = size / sizeof(seen[0]);
	must("trap__entry", 28, "task_self_trap", ANY, ANY, 0);
	must("trap__return", 28, "task_self_trap", ANY, self, 0);
	must_begin(3205, "mach_port_destroy", self);
	must("trap__return", 3205, "mach_port_destroy", ANY, KERN_SUCCESS, 0);
	must("port__create", ANY, NULL, 0, port, ANY);
	must("port__destroy", ANY, NULL, 0, port, ANY);
	must("msg__send", ANY, NULL, ID, sizeof(mach_msg_header_t), pid);
	must("msg__receive", port, NULL, ID, sizeof(mach_msg_header_t), pid);
	for (i = 0; i < nseen && missing > 0; i++)
		printf("%d %s(%lx, %lx, %lx, %lx) %s %lx\n", seen[i].pid,
		    seen[i].probe, seen[i].arg[0], seen[i].arg[1],
		    seen[i].arg[2], seen[i].arg[3], seen[i].text,
		    seen[i].first);
	return (missing == 0 ? 0 : 1);
}
