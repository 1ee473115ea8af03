/*
 * Probes of the area privilege: single capabilities of Linux.  The same
 * thing is tried in a child that has it and in one that has given it up.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_plain.h"
#include "survey/probe/area_privilege.h"

#if defined(__linux__)

#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <linux/capability.h>

/* Gives one capability up, for the caller alone. */
static bool
give_up(int capability)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3,
		0 };
	struct __user_cap_data_struct data[2];
	uint32_t bit = UINT32_C(1) << (capability % 32);

	if (syscall(SYS_capget, &header, data) != 0)
		return (false);
	data[capability / 32].effective &= ~bit;
	data[capability / 32].permitted &= ~bit;
	return (syscall(SYS_capset, &header, data) == 0);
}

/* Tries something: 0, or the errno. */
typedef int try_fn(void);

static int
try_in_child(try_fn *try, int capability)
{
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		if (capability >= 0 && !give_up(capability))
			_exit(127);
		_exit(try());
	}
	return (pid < 0 ? -1 : util_wait(pid));
}

static struct probe_answer
with_and_without(try_fn *try, int capability)
{
	int with, without;

	NEED(with = try_in_child(try, -1));
	if (with != 0)
		return (probe_errno(with, "with the capability"));
	NEED(without = try_in_child(try, capability));
	if (without != EPERM)
		return (probe_wrong("without it: errno %d", without));
	return (probe_ok("refused without it"));
}

static int
result(int rc)
{
	return (rc == 0 ? 0 : errno);
}

static int
try_chown(void)
{
	return (result(chown("f", PROBE_OTHER_ID, PROBE_OTHER_ID)));
}

static int
try_setuid(void)
{
	return (
	    result(setresuid(PROBE_OTHER_ID, PROBE_OTHER_ID, PROBE_OTHER_ID)));
}

static int
try_setgid(void)
{
	return (
	    result(setresgid(PROBE_OTHER_ID, PROBE_OTHER_ID, PROBE_OTHER_ID)));
}

static int
try_chroot(void)
{
	return (result(chroot(".")));
}

static int
try_mount(void)
{
	return (result(mount("tmpfs", "m", "tmpfs", 0, NULL)));
}

static int
try_buffer(void)
{
	int fd, size = 4096;

	/* Past the limit that holds for everybody else (socket(7)). */
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	return (result(
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size))));
}

static pid_t traced;

static int
try_attach(void)
{
	return (result((int)ptrace(PTRACE_SEIZE, traced, NULL, NULL)));
}

static PROBE(single_chown)
{
	NEED_TRUE(probe_file("f", ""));
	return (with_and_without(try_chown, CAP_CHOWN));
}

static PROBE(single_setuid)
{
	return (with_and_without(try_setuid, CAP_SETUID));
}

static PROBE(single_setgid)
{
	return (with_and_without(try_setgid, CAP_SETGID));
}

static PROBE(single_chroot)
{
	return (with_and_without(try_chroot, CAP_SYS_CHROOT));
}

static PROBE(single_mount)
{
	struct probe_answer why;

	if (!util_admin(ctx, 0, &why))
		return (why);
	NEED(mkdir("m", 0755));
	return (with_and_without(try_mount, CAP_SYS_ADMIN));
}

static PROBE(single_net)
{
	return (with_and_without(try_buffer, CAP_NET_ADMIN));
}

static int
become_other(void *arg)
{
	(void)arg;
	return (util_drop_to(PROBE_OTHER_ID) ? 0 : errno);
}

static PROBE(single_ptrace)
{
	struct probe_answer answer;
	struct util_peer peer;

	NEED_TRUE(util_peer_start(&peer, become_other, NULL));
	traced = peer.pid;
	answer = with_and_without(try_attach, CAP_SYS_PTRACE);
	util_peer_stop(&peer);
	return (answer);
}

static PROBE(single_ambient_clear)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
		return (errno == EINVAL
			    ? probe_absent("no ambient set (before 4.3)")
			    : probe_errno(errno, "prctl"));
	for (int i = 0; i < 32; i++)
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 1)
			return (probe_wrong("capability %d is left", i));
	return (probe_ok(NULL));
}
#endif

/* clang-format off */
static const struct probe rows[] = {
	ROW("privilege.without-cap-chown", "CAP_CHOWN",
	    "a file is given to another user",
	    ON_LINUX(single_chown), ROOT_ON_LINUX),
	ROW("privilege.without-cap-setuid", "CAP_SETUID",
	    "another user id is taken",
	    ON_LINUX(single_setuid), ROOT_ON_LINUX),
	ROW("privilege.without-cap-setgid", "CAP_SETGID",
	    "another group id is taken",
	    ON_LINUX(single_setgid), ROOT_ON_LINUX),
	ROW("privilege.without-cap-sys-chroot", "CAP_SYS_CHROOT",
	    "the root directory is changed",
	    ON_LINUX(single_chroot), ROOT_ON_LINUX),
	ROW("privilege.without-cap-sys-admin", "CAP_SYS_ADMIN",
	    "a file system is mounted",
	    ON_LINUX(single_mount), ROOT_ON_LINUX),
	ROW("privilege.without-cap-net-admin", "CAP_NET_ADMIN",
	    "a socket's buffer passes the limit",
	    ON_LINUX(single_net), ROOT_ON_LINUX),
	ROW("privilege.without-cap-sys-ptrace", "CAP_SYS_PTRACE",
	    "another user's process is traced",
	    ON_LINUX(single_ptrace), ROOT_ON_LINUX),
	ROW("privilege.ambient-raise", "PR_CAP_AMBIENT_RAISE",
	    "a user's program inherits one capability",
	    ON_LINUX(priv_cap_ambient), ROOT_ON_LINUX),
	ROW("privilege.ambient-clear", "PR_CAP_AMBIENT_CLEAR_ALL",
	    "none is inherited any more",
	    ON_LINUX(single_ambient_clear), 0),
};
/* clang-format on */

const struct probe_area probe_area_privilege_caps = { ISTH_AREA_PRIVILEGE, rows,
	UTIL_COUNT(rows) };
