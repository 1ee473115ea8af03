/*
 * Capsicum: capability mode and rights of descriptors, FreeBSD.
 */
#include "survey/probe/area_privilege.h"

#if defined(__FreeBSD__)

#include <sys/param.h>
#include <sys/capsicum.h>
#include <sys/ioctl.h>
#include <sys/procctl.h>
#include <sys/procdesc.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* An answer for a call that must fail with that errno. */
static struct probe_answer
must_fail(long rc, int want, const char *call)
{
	if (rc >= 0)
		return (probe_wrong("%s was allowed", call));
	return (errno == want ? probe_ok("%s: %s", call, strerror(want))
			      : probe_errno(errno, "%s: not \"%s\"", call,
				    strerror(want)));
}

PROBE(priv_cap_enter)
{
	if (!probe_file("file", "x"))
		return (probe_errno(errno, "create"));
	if (cap_enter() != 0)
		return (probe_errno(errno, "cap_enter"));
	return (must_fail(
	    open("file", O_RDONLY | O_CLOEXEC), ECAPMODE, "open by path"));
}

PROBE(priv_cap_getmode)
{
	unsigned before, after;

	if (cap_getmode(&before) != 0 || cap_enter() != 0 ||
	    cap_getmode(&after) != 0)
		return (probe_errno(errno, "cap_getmode"));
	return (before == 0 && after == 1
		    ? probe_ok(NULL)
		    : probe_wrong("%u, then %u", before, after));
}

PROBE(priv_cap_openat)
{
	int dir;

	dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || !probe_file("file", "x") || cap_enter() != 0)
		return (probe_errno(errno, "cap_enter"));
	return (util_done(openat(dir, "file", O_RDONLY | O_CLOEXEC),
	    "openat below a descriptor"));
}

PROBE(priv_cap_dotdot)
{
	int dir;

	if (mkdir("d", 0700) != 0 || !probe_file("file", "x"))
		return (probe_errno(errno, "mkdir"));
	dir = open("d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || cap_enter() != 0)
		return (probe_errno(errno, "cap_enter"));
	return (must_fail(openat(dir, "../file", O_RDONLY | O_CLOEXEC),
	    ENOTCAPABLE, "openat of ../file"));
}

/* A file opened for both, with rights limited to reading; -1 with errno. */
static int
limited(void)
{
	cap_rights_t rights;
	int fd;

	if (!probe_file("file", "x"))
		return (-1);
	fd = open("file", O_RDWR | O_CLOEXEC);
	cap_rights_init(&rights, CAP_READ, CAP_FCNTL, CAP_IOCTL);
	return (fd >= 0 && cap_rights_limit(fd, &rights) == 0 ? fd : -1);
}

PROBE(priv_cap_rights)
{
	char c;
	int fd;

	fd = limited();
	if (fd < 0)
		return (probe_errno(errno, "cap_rights_limit"));
	if (read(fd, &c, 1) != 1)
		return (probe_errno(errno, "read, which is allowed"));
	return (must_fail(write(fd, "y", 1), ENOTCAPABLE, "write"));
}

PROBE(priv_cap_widen)
{
	cap_rights_t rights;
	int fd;

	fd = limited();
	if (fd < 0)
		return (probe_errno(errno, "cap_rights_limit"));
	cap_rights_init(&rights, CAP_READ, CAP_WRITE);
	return (must_fail(
	    cap_rights_limit(fd, &rights), ENOTCAPABLE, "widening the rights"));
}

PROBE(priv_cap_fcntls)
{
	int fd;

	fd = limited();
	if (fd < 0 || cap_fcntls_limit(fd, CAP_FCNTL_GETFL) != 0)
		return (probe_errno(errno, "cap_fcntls_limit"));
	if (fcntl(fd, F_GETFL) < 0)
		return (probe_errno(errno, "F_GETFL, which is allowed"));
	return (
	    must_fail(fcntl(fd, F_SETFL, O_NONBLOCK), ENOTCAPABLE, "F_SETFL"));
}

PROBE(priv_cap_ioctls)
{
	static const cap_ioctl_t allowed[] = { FIONBIO };
	int fd, n;

	fd = limited();
	if (fd < 0 || cap_ioctls_limit(fd, allowed, 1) != 0)
		return (probe_errno(errno, "cap_ioctls_limit"));
	return (
	    must_fail(ioctl(fd, FIONREAD, &n), ENOTCAPABLE, "ioctl(FIONREAD)"));
}

PROBE(priv_cap_kill)
{
	if (cap_enter() != 0)
		return (probe_errno(errno, "cap_enter"));
	if (kill(getpid(), 0) != 0)
		return (probe_errno(errno, "kill of itself"));
	return (must_fail(kill(getppid(), 0), ECAPMODE, "kill of another"));
}

PROBE(priv_cap_pdfork)
{
	pid_t pid;
	int fd;

	if (cap_enter() != 0)
		return (probe_errno(errno, "cap_enter"));
	pid = pdfork(&fd, PD_CLOEXEC);
	if (pid == 0) {
		pause();
		_exit(0);
	}
	if (pid < 0)
		return (probe_errno(errno, "pdfork"));
	return (util_done(pdkill(fd, SIGKILL), "pdkill"));
}

PROBE(priv_cap_connect)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int client;

	if (util_unix_listen("socket") < 0)
		return (probe_errno(errno, "bind"));
	strlcpy(un.sun_path, "socket", sizeof(un.sun_path));
	client = socket(AF_UNIX, SOCK_STREAM, 0);
	if (client < 0 || cap_enter() != 0)
		return (probe_errno(errno, "cap_enter"));
	return (must_fail(connect(client, (struct sockaddr *)&un, sizeof(un)),
	    ECAPMODE, "connect by path"));
}

PROBE(priv_cap_inherit)
{
	unsigned mode;
	pid_t pid;

	if (cap_enter() != 0)
		return (probe_errno(errno, "cap_enter"));
	pid = fork();
	if (pid == 0)
		_exit(cap_getmode(&mode) == 0 && mode == 1 ? 0 : 1);
	/* Capability mode may not wait for a process by its id. */
	if (pid < 0)
		return (probe_errno(errno, "fork"));
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return (must_fail(-1, ECAPMODE, "waitpid"));
	return (WIFEXITED(status) && WEXITSTATUS(status) == 0
		    ? probe_ok("a child is in it, too")
		    : probe_wrong("a child is not in it"));
}

PROBE(priv_cap_trap)
{
	int on = PROC_TRAPCAP_CTL_ENABLE, rc;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		if (procctl(P_PID, getpid(), PROC_TRAPCAP_CTL, &on) != 0 ||
		    cap_enter() != 0)
			_exit(errno);
		(void)open("/", O_RDONLY | O_CLOEXEC);
		_exit(125);
	}
	rc = pid < 0 ? errno : util_wait(pid);
	if (rc == -SIGTRAP)
		return (probe_ok("SIGTRAP"));
	return (rc == 125 ? probe_wrong("no SIGTRAP")
			  : probe_errno(
				rc < 0 ? 0 : rc, "procctl(PROC_TRAPCAP_CTL)"));
}

PROBE(priv_cap_casper)
{
	return (util_exists("/lib/libcasper.so.1") ||
			util_exists("/usr/lib/libcasper.so.1")
		    ? probe_ok(NULL)
		    : probe_absent("no libcasper.so.1"));
}

#else
typedef int area_privilege_capsicum_is_empty_here;
#endif
