/*
 * Resource accounting and rctl(8) of FreeBSD.  Rules are for this process
 * alone: they vanish with it, where a jail's or a user's would stay.
 */
#include "survey/probe/area_limit.h"

#if defined(__FreeBSD__)

#include <sys/param.h>
#include <sys/rctl.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The answer of a call that failed where accounting may be off. */
static struct probe_answer
failed(const char *call)
{
	int err = errno;

	if (err == ENOSYS)
		return (
		    util_sysctl("kern.racct.enable", -1) == 0
			? probe_state(ISTH_STATE_UNSUPPORTED, err,
			      "switched off: kern.racct.enable=0 in loader.conf(5)")
			: probe_absent("a kernel without RACCT or RCTL"));
	return (probe_errno(err, "%s", call));
}

/* Calls one of the rctl system calls with a filter or rule of ours. */
static int
call(int (*fn)(const char *, size_t, char *, size_t), const char *rule,
    char *out, size_t size)
{
	char text[128];

	snprintf(text, sizeof(text), "process:%d:%s", (int)getpid(), rule);
	return (fn(text, strlen(text) + 1, out, size));
}

PROBE(lim_racct)
{
	long enabled;

	enabled = util_sysctl("kern.racct.enable", -1);
	if (enabled < 0)
		return (probe_absent("a kernel without RACCT"));
	return (enabled == 1
		    ? probe_ok("1")
		    : probe_state(ISTH_STATE_UNSUPPORTED, 0,
			  "0: set kern.racct.enable=1 in loader.conf(5)"));
}

PROBE(lim_rctl_usage)
{
	char out[2048];

	memset(out, 0, sizeof(out));
	if (call(rctl_get_racct, "", out, sizeof(out)) != 0)
		return (failed("rctl_get_racct"));
	return (strstr(out, "openfiles=") != NULL
		    ? probe_ok("%.150s", out)
		    : probe_wrong("no openfiles in %.120s", out));
}

PROBE(lim_rctl_files)
{
	char out[256];
	int fd, n;

	memset(out, 0, sizeof(out));
	if (call(rctl_add_rule, "openfiles:deny=32", out, sizeof(out)) != 0)
		return (failed("rctl_add_rule"));
	for (n = 0; n < 64; n++) {
		fd = open("/", O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			break;
	}
	if (n == 64)
		return (probe_wrong("64 more files were opened"));
	return (probe_ok("%s after %d more files", strerror(errno), n));
}

PROBE(lim_rctl_user)
{
	char out[256];

	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	if (call(rctl_add_rule, "openfiles:deny=1000", out, sizeof(out)) == 0)
		return (probe_wrong("a user's rule was taken"));
	return (errno == ENOSYS ? failed("rctl_add_rule")
				: util_refused(-1, 0, "rctl_add_rule"));
}

#else
typedef int area_limit_rctl_is_empty_here;
#endif
