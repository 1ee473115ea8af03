/*
 * What an unprivileged user must not get.  Each row drops first and makes
 * sure of it, and where a call could change the host it is made with
 * arguments that can change nothing, so that even a kernel that allows it is
 * left as it was.
 */
#include "survey/probe/area_privilege.h"

#include <sys/param.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#if defined(__linux__)
#include <sys/sysmacros.h>
#include <sys/timex.h>
#elif defined(__FreeBSD__)
#include <sys/ktrace.h>
#include <sys/linker.h>
#include <sys/sysctl.h>
#include <sys/timex.h>
#include <sys/uio.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#if defined(__linux__)
#include <sched.h>
#elif defined(__FreeBSD__)
#include <kenv.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NOWHERE "/nonexistent/isthmus"

/* Begins a row: drops, or gives up with the answer. */
#define DROP(ctx)                                                 \
	do {                                                      \
		if (!util_drop(ctx))                              \
			return (probe_errno(errno, "setresuid")); \
		if (geteuid() == 0)                               \
			return (util_skip("still user 0"));       \
	} while (0)

PROBE(priv_sethostname)
{
	char name[256];

	DROP(ctx);
	if (gethostname(name, sizeof(name)) != 0)
		return (probe_errno(errno, "gethostname"));
	/* The name that it has already. */
	return (
	    util_refused(sethostname(name, strlen(name)), 0, "sethostname"));
}

PROBE(priv_module)
{
	DROP(ctx);
#if defined(__linux__)
	return (util_refused(
	    syscall(SYS_init_module, NULL, 0UL, ""), 0, "init_module"));
#else
	return (util_refused(kldload(NOWHERE), 0, "kldload"));
#endif
}

PROBE(priv_module_unload)
{
	DROP(ctx);
#if defined(__linux__)
	return (
	    util_refused(syscall(SYS_delete_module, "isthmus-none", O_NONBLOCK),
		0, "delete_module"));
#else
	return (util_refused(kldunload(1 << 30), 0, "kldunload"));
#endif
}

PROBE(priv_swapon)
{
	DROP(ctx);
#if defined(SYS_swapon) && defined(__linux__)
	return (util_refused(syscall(SYS_swapon, NOWHERE, 0), 0, "swapon"));
#else
	return (util_refused(swapon(NOWHERE), 0, "swapon"));
#endif
}

PROBE(priv_acct)
{
	DROP(ctx);
	return (util_refused(acct(NOWHERE), 0, "acct"));
}

PROBE(priv_settime)
{
	DROP(ctx);
#if defined(__linux__)
	/* Privilege is asked before the value, 0, which is out of range. */
	struct timex tx = { .modes = ADJ_TICK, .tick = 0 };

	return (util_refused(
	    clock_adjtime(CLOCK_REALTIME, &tx), 0, "clock_adjtime"));
#else
	struct timespec bad = { 0, -1 };

	return (util_refused(
	    clock_settime(CLOCK_REALTIME, &bad), 0, "clock_settime"));
#endif
}

PROBE(priv_adjtime)
{
	struct timex tx;

	DROP(ctx);
	memset(&tx, 0, sizeof(tx));
#if defined(__linux__)
	tx.modes = ADJ_TICK;
	return (util_refused(adjtimex(&tx), 0, "adjtimex"));
#else
	tx.modes = 0x80000000U; /* a mode that means nothing */
	return (util_refused(ntp_adjtime(&tx), 0, "ntp_adjtime"));
#endif
}

PROBE(priv_mknod)
{
	DROP(ctx);
	return (util_refused(
	    mknod("null", S_IFCHR | 0600, makedev(1, 3)), 0, "mknod"));
}

PROBE(priv_message_buffer)
{
	DROP(ctx);
#if defined(__linux__)
	char buf[64];

	/* syslog(2): 3 is SYSLOG_ACTION_READ_ALL. */
	return (util_refused(
	    syscall(SYS_syslog, 3, buf, sizeof(buf)), 0, "syslog(READ_ALL)"));
#else
	char buf[64];
	size_t len = sizeof(buf);
	int rc;

	rc = sysctlbyname("kern.msgbuf", buf, &len, NULL, 0);
	/* ENOMEM: it is readable, and longer than that. */
	if (rc == 0 || errno == ENOMEM)
		return (probe_wrong("allowed: security.bsd."
				    "unprivileged_read_msgbuf is %ld",
		    util_sysctl("security.bsd.unprivileged_read_msgbuf", -1)));
	return (util_refused(-1, 0, "sysctl kern.msgbuf"));
#endif
}

PROBE(priv_handle)
{
#if defined(__linux__)
	union {
		struct file_handle handle;
		char space[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} buf;
	int mount_id;

	buf.handle.handle_bytes = MAX_HANDLE_SZ;
	if (name_to_handle_at(AT_FDCWD, ".", &buf.handle, &mount_id, 0) != 0)
		return (probe_errno(errno, "name_to_handle_at"));
	DROP(ctx);
	/* Since 6.13 a user may where it could have opened it by path. */
	return (util_refused(
	    open_by_handle_at(AT_FDCWD, &buf.handle, O_RDONLY | O_DIRECTORY), 0,
	    "open_by_handle_at"));
#else
	fhandle_t handle;

	if (getfh(".", &handle) != 0) {
		if (ctx->root)
			return (probe_errno(errno, "getfh"));
		return (util_refused(-1, 0, "getfh"));
	}
	DROP(ctx);
	return (util_refused(fhopen(&handle, O_RDONLY), 0, "fhopen"));
#endif
}

PROBE(priv_low_port)
{
	struct sockaddr_in in;
	int fd;

	DROP(ctx);
	memset(&in, 0, sizeof(in));
	in.sin_family = AF_INET;
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in.sin_port = htons(7);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0)
		return (probe_errno(errno, "socket"));
	return (util_refused(
	    bind(fd, (struct sockaddr *)&in, sizeof(in)), 0, "bind to port 7"));
}

PROBE(priv_raw_socket)
{
	DROP(ctx);
	return (util_refused(
	    socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), 0, "socket(SOCK_RAW)"));
}

PROBE(priv_memory)
{
	DROP(ctx);
	if (!util_exists("/dev/mem"))
		return (probe_absent("no /dev/mem"));
	return (util_refused(
	    open("/dev/mem", O_RDONLY | O_CLOEXEC), 0, "open /dev/mem"));
}

PROBE(priv_sysctl)
{
	DROP(ctx);
#if defined(__linux__)
	return (util_refused(
	    open("/proc/sys/kernel/threads-max", O_WRONLY | O_CLOEXEC), 0,
	    "open a sysctl for writing"));
#else
	int max;
	size_t len = sizeof(max);

	if (sysctlbyname("kern.maxfiles", &max, &len, NULL, 0) != 0)
		return (probe_errno(errno, "sysctl kern.maxfiles"));
	/* The value that it has already. */
	return (util_refused(
	    sysctlbyname("kern.maxfiles", NULL, NULL, &max, sizeof(max)), 0,
	    "setting kern.maxfiles"));
#endif
}

#if defined(__linux__)

PROBE(priv_reboot)
{
	DROP(ctx);
	/* With a magic number that no kernel takes. */
	return (util_refused(syscall(SYS_reboot, 0, 0, 0, NULL), 0, "reboot"));
}

PROBE(priv_kexec)
{
	DROP(ctx);
#ifdef SYS_kexec_load
	/* More segments than any kernel takes (KEXEC_SEGMENT_MAX is 16). */
	return (util_refused(syscall(SYS_kexec_load, 0UL, 1UL << 20, NULL, 0UL),
	    0, "kexec_load"));
#else
	return (probe_absent("not on this architecture"));
#endif
}

PROBE(priv_io_ports)
{
	DROP(ctx);
#ifdef SYS_iopl
	return (util_refused(syscall(SYS_iopl, 3), 0, "iopl(3)"));
#else
	return (probe_absent("not on this architecture"));
#endif
}

PROBE(priv_io_range)
{
	DROP(ctx);
#ifdef SYS_ioperm
	return (util_refused(syscall(SYS_ioperm, 0x80UL, 1UL, 1), 0, "ioperm"));
#else
	return (probe_absent("not on this architecture"));
#endif
}

PROBE(priv_pivot_root)
{
	DROP(ctx);
	return (util_refused(
	    syscall(SYS_pivot_root, NOWHERE, NOWHERE), 0, "pivot_root"));
}

PROBE(priv_setns)
{
	int fd;

	DROP(ctx);
	fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return (probe_errno(errno, "/proc/self/ns/mnt"));
	return (util_refused(setns(fd, CLONE_NEWNS), 0, "setns"));
}

PROBE(priv_unshare)
{
	DROP(ctx);
	return (util_refused(unshare(CLONE_NEWNS), 0, "unshare(CLONE_NEWNS)"));
}

PROBE(priv_fanotify)
{
	DROP(ctx);
	/* 4 is FAN_CLASS_CONTENT: permission events. */
	return (util_refused(syscall(SYS_fanotify_init, 4U, O_RDONLY), 0,
	    "fanotify_init(FAN_CLASS_CONTENT)"));
}

PROBE(priv_vhangup)
{
	DROP(ctx);
	/* In a session of our own, that has no terminal to hang up. */
	if (setsid() < 0 && getsid(0) != getpid())
		return (util_skip("no session of its own"));
	return (util_refused(vhangup(), 0, "vhangup"));
}

#endif

#if defined(__FreeBSD__)

PROBE(priv_io_ports)
{
	DROP(ctx);
	if (!util_exists("/dev/io"))
		return (probe_absent("no /dev/io"));
	return (util_refused(
	    open("/dev/io", O_RDONLY | O_CLOEXEC), 0, "open /dev/io"));
}

PROBE(priv_kenv)
{
	DROP(ctx);
	return (util_refused(
	    kenv(KENV_UNSET, "isthmus.none", NULL, 0), 0, "kenv(KENV_UNSET)"));
}

PROBE(priv_ktrace)
{
	if (ctx->root && (chmod(".", 0777) != 0 || !probe_file("out", "")))
		return (probe_errno(errno, "create"));
	DROP(ctx);
	if (!ctx->root && !probe_file("out", ""))
		return (probe_errno(errno, "create"));
	/* Process 1 is never ours. */
	return (util_refused(ktrace("out", KTROP_SET, KTRFAC_SYSCALL, 1), 0,
	    "ktrace of process 1"));
}

#endif
