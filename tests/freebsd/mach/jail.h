/*
 * Jails that tests make and enter, as root.
 */
#ifndef ISTHMUS_TESTS_FREEBSD_MACH_JAIL_H
#define ISTHMUS_TESTS_FREEBSD_MACH_JAIL_H

#include <sys/param.h>
#include <sys/jail.h>
#include <sys/uio.h>

#include <mach/host_special_ports.h>
#include <stdio.h>
#include <unistd.h>

#include "case.h"

#define IOV(s)                                                          \
	{                                                               \
		__DECONST(char *, (s)), (s) == NULL ? 0 : strlen(s) + 1 \
	}

/* Makes or changes one; its jid, or -1. */
static inline int
jail_do(const char *name, const char *option, int flags)
{
	char error[256] = "";
	struct iovec iov[] = { IOV("name"), IOV(name), IOV("errmsg"),
		{ error, sizeof(error) }, IOV(option), { NULL, 0 },
		IOV("persist"), { NULL, 0 } };
	int jid;

	jid = jail_set(iov,
	    flags == JAIL_CREATE ? 8
	    : option == NULL	 ? 4
				 : 6,
	    flags);
	if (jid < 0)
		fprintf(stderr, "jail_set: %s\n", error);
	return (jid);
}

/* The caller's host's last special port. */
static inline mach_port_name_t
host_special(void)
{
	mach_port_name_t name = 0;

	if (RAW(412, RAW(29), (uint64_t)-1, HOST_MAX_SPECIAL_PORT,
		PTR(&name)) != 0)
		return (MACH_PORT_DEAD);
	return (name);
}

/* A fileport. */
static inline mach_port_name_t
port_of(int fd)
{
	mach_port_name_t port = 0;

	ATF_REQUIRE_EQ(0, RAW(9000, (uint64_t)fd, PTR(&port)));
	return (port);
}

#endif
