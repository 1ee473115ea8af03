/*
 * What the builder's process does to itself before it becomes the builder:
 * session, limits, and rights given up for good.  Raw system calls where the
 * C library would act on all threads: this process shares its memory with
 * the build's first process until it executes.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <signal.h>
#include <string.h>

#include "base/fail.h"
#include "build/host/linux/linux.h"
#include "build/host/linux/sys.h"

/* Every bit and its lock, but the one that exec clears anyway. */
#define SECURE_BITS                                                      \
	(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | \
	    SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |    \
	    SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

/*
 * An ignored signal stays ignored through exec, a blocked one blocked.  The
 * system call, because the library keeps two for itself and leaves them as
 * they are; its argument is the kernel's struct, of which all zero bytes are
 * SIG_DFL.
 */
static bool
reset_signals(struct error *e)
{
	static const uint64_t action[8];
	sigset_t none;
	int i;

	/* Refused for SIGKILL and SIGSTOP. */
	for (i = 1; i < NSIG; i++)
		(void)syscall(SYS_rt_sigaction, i, action, NULL, NSIG / 8);
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) == -1)
		return (fail(e, errno, "unblock signals", NULL, NULL));
	return (true);
}

bool
drop_session(struct error *e)
{
	int fd;

	if (setsid() == -1)
		return (fail(e, errno, "begin session", NULL, NULL));
	if (!reset_signals(e))
		return (false);
	umask(022);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd == -1 || dup2(fd, 0) == -1)
		return (fail(
		    e, errno, "open as standard input", "/dev/null", NULL));
	/* 0 itself when it was free: dup2 then keeps close-on-exec. */
	if (fd == 0 && fcntl(0, F_SETFD, 0) == -1)
		return (fail(e, errno, "keep standard input", NULL, NULL));
	if (sys_close_range(3, ~0U) == -1)
		return (fail(e, errno, "close descriptors", NULL, NULL));
	return (true);
}

static bool
limit(int resource, const char *name, int64_t value, struct error *e)
{
	struct rlimit r;

	if (value < 0)
		return (true);
	if (getrlimit(resource, &r) == -1)
		return (fail(e, errno, "read limit", name, NULL));
	/* Without privilege the hard limit may only go down. */
	if (r.rlim_max > (rlim_t)value)
		r.rlim_max = (rlim_t)value;
	r.rlim_cur = r.rlim_max;
	if (setrlimit(resource, &r) == -1)
		return (fail(e, errno, "set limit", name, NULL));
	return (true);
}

bool
drop_rlimits(const struct spec_limits *l, struct error *e)
{
	/*
	 * SIGXCPU at the limit, SIGKILL a second later.  The first process of
	 * the build counts as one of "processes" only without root.
	 */
	if (!limit(RLIMIT_CORE, "core", 0, e) ||
	    !limit(RLIMIT_RTPRIO, "real-time priority", 0, e) ||
	    !limit(RLIMIT_NICE, "nice", 0, e) ||
	    !limit(RLIMIT_NOFILE, "files", l->files, e) ||
	    !limit(RLIMIT_FSIZE, "disk_bytes", l->disk_bytes, e) ||
	    !limit(RLIMIT_NPROC, "processes", l->processes, e))
		return (false);
	if (l->cpu_s >= 0) {
		struct rlimit r = { (rlim_t)l->cpu_s, (rlim_t)l->cpu_s + 1 };
		struct rlimit old;

		if (getrlimit(RLIMIT_CPU, &old) == -1)
			return (fail(e, errno, "read limit", "cpu_s", NULL));
		if (r.rlim_max > old.rlim_max)
			r.rlim_max = old.rlim_max;
		if (r.rlim_cur > r.rlim_max)
			r.rlim_cur = r.rlim_max;
		if (setrlimit(RLIMIT_CPU, &r) == -1)
			return (fail(e, errno, "set limit", "cpu_s", NULL));
	}
	return (true);
}

static bool
drop_bounding(struct error *e)
{
	int i;

	/* EINVAL: the first number that this kernel has no capability for. */
	for (i = 0; i < 64; i++) {
		if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == -1) {
			if (errno == EINVAL && i > 0)
				break;
			return (fail(
			    e, errno, "drop bounding capability", NULL, NULL));
		}
	}
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == -1)
		return (
		    fail(e, errno, "drop ambient capabilities", NULL, NULL));
	if (prctl(PR_SET_SECUREBITS, SECURE_BITS, 0, 0, 0) == -1)
		return (fail(e, errno, "lock secure bits", NULL, NULL));
	return (true);
}

static bool
drop_ids(uid_t uid, gid_t gid, bool root, struct error *e)
{
	/* A user name space of one uid may not: setgroups is denied there. */
	if (root && syscall(SYS_setgroups, 0, NULL) == -1)
		return (fail(e, errno, "drop groups", NULL, NULL));
	if (syscall(SYS_setresgid, gid, gid, gid) == -1)
		return (fail(e, errno, "set group id", NULL, NULL));
	if (syscall(SYS_setresuid, uid, uid, uid) == -1)
		return (fail(e, errno, "set user id", NULL, NULL));
	return (true);
}

static bool
drop_capabilities(struct error *e)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[2] = { { 0 } };

	if (syscall(SYS_capset, &header, data) == -1)
		return (fail(e, errno, "drop capabilities", NULL, NULL));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return (fail(e, errno, "set no_new_privs", NULL, NULL));
	return (true);
}

/* Asks the kernel instead of trusting that the calls meant what they said. */
static bool
verify(uid_t uid, gid_t gid, bool root, struct error *e)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[2] = { { 0 } };
	uid_t u[3];
	gid_t g[3];

	if (getresuid(&u[0], &u[1], &u[2]) == -1 ||
	    getresgid(&g[0], &g[1], &g[2]) == -1 ||
	    syscall(SYS_capget, &header, data) == -1)
		return (fail(e, errno, "verify the drop", NULL, NULL));
	if (u[0] != uid || u[1] != uid || u[2] != uid || g[0] != gid ||
	    g[1] != gid || g[2] != gid || (root && getgroups(0, NULL) != 0))
		return (fail(e, EPERM, "verify the drop", NULL,
		    "the kernel reports other ids"));
	if ((data[0].effective | data[0].permitted | data[0].inheritable |
		data[1].effective | data[1].permitted | data[1].inheritable) !=
	    0)
		return (fail(e, EPERM, "verify the drop", NULL,
		    "capabilities are left"));
	if (syscall(SYS_setresuid, 0, 0, 0) == 0 ||
	    syscall(SYS_setresgid, 0, 0, 0) == 0)
		return (fail(
		    e, EPERM, "verify the drop", NULL, "root can be regained"));
	return (true);
}

bool
drop_rights(uid_t uid, gid_t gid, bool root, struct error *e)
{
	return (drop_bounding(e) && drop_ids(uid, gid, root, e) &&
		drop_capabilities(e) && verify(uid, gid, root, e));
}
