/*
 * A case of these tests: over the transport that ISTHMUS_MACH_TRANSPORT names
 * (table, class, mux, device).  And what several of them need.
 */
#ifndef ISTHMUS_TESTS_FREEBSD_MACH_CASE_H
#define ISTHMUS_TESTS_FREEBSD_MACH_CASE_H

#include <sys/types.h>
#include <sys/sysctl.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <mach/task_special_ports.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "raw.h"

static inline bool
has(const char *oid)
{
	size_t size = sizeof(int);
	int value = 0;

	return (sysctlbyname(oid, &value, &size, NULL, 0) == 0 && value != 0);
}

static inline void
need(const char *oid)
{
	if (!has(oid))
		atf_tc_skip("%s is 0 on this kernel", oid);
}

static inline void
need_root(void)
{
	if (geteuid() != 0)
		atf_tc_skip("needs root");
}

#define CASE(name) CASE_NEEDS(name, (void)0)
/* Skipped where the module cannot do, on this kernel, what the sysctl names. */
#define CASE_WITH(name, oid) CASE_NEEDS(name, need(oid))
#define ROOT_CASE(name) CASE_NEEDS(name, need_root())
#define CASE_NEEDS(name, needs)                         \
	ATF_TC(name);                                   \
	ATF_TC_HEAD(name, tc)                           \
	{                                               \
		atf_tc_set_md_var(tc, "timeout", "60"); \
	}                                               \
	static void name##_run(void);                   \
	ATF_TC_BODY(name, tc)                           \
	{                                               \
		(void)tc;                               \
		use();                                  \
		needs;                                  \
		name##_run();                           \
	}                                               \
	static void name##_run(void)

static inline void
use(void)
{
	static const char *const names[] = { "table", "class", "mux",
		"device" };
	const char *wanted = getenv("ISTHMUS_MACH_TRANSPORT");
	int i;

	for (i = 0; i < 4; i++) {
		if (wanted == NULL || strcmp(wanted, names[i]) == 0)
			break;
	}
	if (i == 4 || !raw_use((enum raw_transport)i))
		atf_tc_skip("mach.ko has no such transport");
}

static inline void
bootstrap_set(mach_port_name_t name)
{
	ATF_REQUIRE_EQ(
	    KERN_SUCCESS, RAW(3410, raw_self(), TASK_BOOTSTRAP_PORT, name));
}

static inline mach_port_name_t
bootstrap_get(void)
{
	mach_port_name_t name = 0;

	if (RAW(3409, raw_self(), TASK_BOOTSTRAP_PORT, PTR(&name)) != 0)
		return (MACH_PORT_NULL);
	return (name);
}

/* An exit status of 0. */
static inline void
reap(pid_t pid)
{
	int status;

	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "status %#x", status);
}

#endif
