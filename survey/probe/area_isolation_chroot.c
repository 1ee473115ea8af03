/*
 * chroot(2): the effect, and the ways out of it that are known.  Without
 * root, Linux answers in a user namespace.
 */
#include "survey/probe/area_isolation.h"

#include <sys/param.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#if defined(__linux__)
#include <sys/mount.h>
#elif defined(__FreeBSD__)
#include <sys/procctl.h>
#endif

#include <errno.h>
#include <fcntl.h>
#if defined(__linux__)
#include <sched.h>
#endif
#include <string.h>
#include <unistd.h>

/*
 * Becomes able to chroot and makes "root" with "inside" in it, beside
 * "outside"; false with the answer.
 */
static bool
begin(const struct probe_context *ctx, struct probe_answer *why)
{
	/* Root needs no namespace for it. */
	if (!ctx->root && !util_admin(ctx, 0, why))
		return (false);
	if (mkdir("root", 0755) == 0 && probe_file("root/inside", "x") &&
	    probe_file("outside", "x"))
		return (true);
	*why = probe_errno(errno, "mkdir");
	return (false);
}

/* True when "/" is the directory "root" of begin(). */
static bool
is_inside(void)
{
	return (util_exists("/inside") && !util_exists("/outside"));
}

PROBE(iso_chroot)
{
	struct probe_answer why;

	if (!begin(ctx, &why))
		return (why);
	if (chroot("root") != 0)
		return (probe_errno(errno, "chroot"));
	if (chdir("/") != 0)
		return (probe_errno(errno, "chdir(/)"));
	return (is_inside() ? probe_ok(NULL)
			    : probe_wrong("success, but / is the old root"));
}

PROBE(iso_chroot_refused)
{
	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	return (util_refused(chroot("."), 0, "chroot"));
}

PROBE(iso_chroot_unprivileged)
{
	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	if (mkdir("root", 0755) != 0 || !probe_file("root/inside", ""))
		return (probe_errno(errno, "mkdir"));
#if defined(__linux__)
	if (!util_userns(0))
		return (probe_errno(errno, "unshare(CLONE_NEWUSER)"));
	if (chroot("root") != 0)
		return (probe_errno(errno, "chroot in a user namespace"));
#elif defined(__FreeBSD__) && defined(PROC_NO_NEW_PRIVS_CTL)
	int on = PROC_NO_NEW_PRIVS_ENABLE;

	if (procctl(P_PID, getpid(), PROC_NO_NEW_PRIVS_CTL, &on) != 0)
		return (probe_errno(errno, "procctl(NO_NEW_PRIVS)"));
	if (chroot("root") != 0)
		return (probe_errno(errno,
		    "chroot with NO_NEW_PRIVS: "
		    "security.bsd.unprivileged_chroot is %ld",
		    util_sysctl("security.bsd.unprivileged_chroot", -1)));
#else
	return (probe_absent("no way for an unprivileged user"));
#endif
	return (chdir("/") == 0 && is_inside()
		    ? probe_ok("%s",
#if defined(__linux__)
			  "in a user namespace"
#else
			  "with NO_NEW_PRIVS"
#endif
			  )
		    : probe_wrong("/ is the old root"));
}

PROBE(iso_chroot_dotdot)
{
	struct probe_answer why;

	if (!begin(ctx, &why))
		return (why);
	if (chroot("root") != 0 || chdir("/") != 0)
		return (probe_errno(errno, "chroot"));
	return (util_exists("../outside") || util_exists("/../../outside") ||
			chdir("..") != 0 || !is_inside() ||
			!util_exists("inside")
		    ? probe_wrong("it leads out")
		    : probe_ok(NULL));
}

PROBE(iso_chroot_symlink)
{
	struct probe_answer why;
	char text[16];

	if (!begin(ctx, &why))
		return (why);
	if (symlink("/inside", "root/link") != 0 || chroot("root") != 0 ||
	    chdir("/") != 0)
		return (probe_errno(errno, "chroot"));
	return (util_read("/link", text, sizeof(text))
		    ? probe_ok(NULL)
		    : probe_wrong("it is not found: %s", strerror(errno)));
}

/* Goes up until it can see what only the old root has. */
static bool
climb(void)
{
	struct stat here, up;

	for (int i = 0; i < 64; i++) {
		if (util_exists("outside"))
			return (true);
		if (stat(".", &here) != 0 || stat("..", &up) != 0 ||
		    (here.st_ino == up.st_ino && here.st_dev == up.st_dev) ||
		    chdir("..") != 0)
			return (false);
	}
	return (false);
}

PROBE(iso_chroot_nested)
{
	struct probe_answer why;

	if (!begin(ctx, &why))
		return (why);
	if (chroot("root") != 0 || chdir("/") != 0 || mkdir("in", 0755) != 0)
		return (probe_errno(errno, "chroot"));
	/* The working directory is above the root that we ask for. */
	if (chroot("in") != 0)
		return (probe_ok("the second chroot: %s", strerror(errno)));
	return (climb() ? probe_wrong("chroot, then \"..\" leads out")
			: probe_ok("\"..\" stops at the first root"));
}

PROBE(iso_chroot_descriptor)
{
	struct probe_answer why;
	int fd;

	if (!begin(ctx, &why))
		return (why);
	fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return (probe_errno(errno, "open"));
	if (chroot("root") != 0)
		return (errno == EPERM
			    ? probe_ok("chroot with an open directory: EPERM")
			    : probe_errno(errno, "chroot"));
	if (chdir("/") != 0)
		return (probe_errno(errno, "chdir"));
	if (fchdir(fd) == 0 && util_exists("outside"))
		return (probe_wrong("fchdir leads out"));
	if (openat(fd, "outside", O_RDONLY | O_CLOEXEC) >= 0)
		return (probe_wrong("openat leads out"));
	return (probe_ok(NULL));
}

PROBE(iso_chroot_unix)
{
	struct probe_answer why;

	if (!begin(ctx, &why))
		return (why);
	if (util_unix_listen("root/socket") < 0)
		return (probe_errno(errno, "bind"));
	if (chroot("root") != 0 || chdir("/") != 0)
		return (probe_errno(errno, "chroot"));
	return (util_unix_connect("/socket") >= 0
		    ? probe_ok("reached: its path must not be below the root")
		    : probe_errno(errno, "connect"));
}

#if defined(__linux__)
static struct probe_answer
exe_inside(const struct probe_context *ctx, void *arg)
{
	int fd;

	(void)ctx, (void)arg;
	if (mkdir("root/proc", 0755) != 0 ||
	    mount("proc", "root/proc", "proc", 0, NULL) != 0)
		return (probe_errno(errno, "mount(proc)"));
	if (chroot("root") != 0 || chdir("/") != 0)
		return (probe_errno(errno, "chroot"));
	fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return (probe_ok("open: %s", strerror(errno)));
	return (probe_wrong(
	    "it opens the program outside "
	    "(CVE-2019-5736): do not leave that program's proc reachable"));
}

PROBE(iso_chroot_exe)
{
	struct probe_answer why;

	if (!util_admin(ctx, CLONE_NEWPID, &why))
		return (why);
	if (mkdir("root", 0755) != 0)
		return (probe_errno(errno, "mkdir"));
	return (util_in_child(exe_inside, ctx, NULL));
}
#endif

#if defined(__FreeBSD__)
PROBE(iso_chroot_cwd)
{
	struct probe_answer why;
	long allowed;

	allowed = util_sysctl("kern.chroot_allow_open_directories", -1);
	if (!begin(ctx, &why))
		return (why);
	if (chroot("root") != 0 || chdir("/") != 0 || mkdir("in", 0755) != 0)
		return (probe_errno(errno, "chroot"));
	if (open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) < 0)
		return (probe_errno(errno, "open"));
	if (chroot("in") == 0)
		return (allowed > 1
			    ? probe_state(ISTH_STATE_UNSUPPORTED, 0,
				  "switched off: the sysctl is %ld", allowed)
			    : probe_wrong("allowed, though the sysctl is %ld",
				  allowed));
	return (errno == EPERM ? probe_ok("EPERM; the sysctl is %ld", allowed)
			       : probe_errno(errno, "chroot"));
}

PROBE(iso_fchroot)
{
#ifdef SYS_fchroot
	struct probe_answer why;
	int fd;

	if (!begin(ctx, &why))
		return (why);
	fd = open("root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return (probe_errno(errno, "open"));
	if (syscall(SYS_fchroot, fd) != 0)
		return (probe_errno(errno, "fchroot"));
	return (chdir("/") == 0 && is_inside()
		    ? probe_ok(NULL)
		    : probe_wrong("success, but / is the old root"));
#else
	(void)ctx;
	return (probe_absent("not in this system's headers (before 15)"));
#endif
}
#endif
