/*
 * Resource limits that only one system has, most of them counted per user.
 */
#include "survey/probe/area_limit.h"

#include <sys/param.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#if defined(__FreeBSD__)
#include <sys/event.h>
#include <sys/sysctl.h>
#endif

#include <errno.h>
#include <fcntl.h>
#if defined(__linux__)
#include <mqueue.h>
#endif
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__linux__)

PROBE(lim_nice)
{
	/* 20 - limit is the lowest value: 15 (getrlimit(2)). */
	if (!limit_set(RLIMIT_NICE, 5, true))
		return (probe_errno(errno, "setrlimit by root"));
	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	if (setpriority(PRIO_PROCESS, 0, 19) != 0)
		return (probe_errno(errno, "setpriority(19)"));
	if (setpriority(PRIO_PROCESS, 0, 15) != 0)
		return (probe_errno(errno, "setpriority(15), as allowed"));
	return (util_refused(
	    setpriority(PRIO_PROCESS, 0, 14), 0, "setpriority(14)"));
}

PROBE(lim_rtprio)
{
	struct sched_param param = { .sched_priority = 2 };

	if (!limit_set(RLIMIT_RTPRIO, 1, true))
		return (probe_errno(errno, "setrlimit by root"));
	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	if (sched_setscheduler(0, SCHED_FIFO, &param) == 0)
		return (probe_wrong("priority 2 was allowed"));
	param.sched_priority = 1;
	if (sched_setscheduler(0, SCHED_FIFO, &param) != 0)
		return (probe_errno(errno, "priority 1, as allowed"));
	return (probe_ok("1 allowed, 2 refused"));
}

PROBE(lim_sigpending)
{
	union sigval value = { .sival_int = 0 };
	sigset_t set;
	int n;

	if (!limit_drop_alone(ctx))
		return (probe_errno(errno, "setresuid"));
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 ||
	    !limit_set(RLIMIT_SIGPENDING, 4, false))
		return (probe_errno(errno, "setrlimit"));
	for (n = 0; n < 16; n++)
		if (sigqueue(getpid(), SIGRTMIN, value) != 0)
			break;
	if (n == 16)
		return (probe_wrong("16 signals were queued"));
	return (errno == EAGAIN ? probe_ok("EAGAIN after %d", n)
				: probe_errno(errno, "sigqueue: not EAGAIN"));
}

PROBE(lim_msgqueue)
{
	mqd_t queue;

	if (!limit_drop_alone(ctx))
		return (probe_errno(errno, "setresuid"));
	if (!limit_set(RLIMIT_MSGQUEUE, 0, false))
		return (probe_errno(errno, "setrlimit"));
	queue = mq_open(
	    probe_posix_name(ctx, 0), O_CREAT | O_EXCL | O_RDWR, 0600, NULL);
	if (queue != (mqd_t)-1)
		return (probe_wrong("a queue was made"));
	return (errno == EMFILE ? probe_ok("EMFILE")
				: probe_errno(errno, "mq_open: not EMFILE"));
}

PROBE(lim_rttime)
{
	return (limit_set_and_read(RLIMIT_RTTIME, 1000000, "RLIMIT_RTTIME"));
}

PROBE(lim_locks)
{
	return (limit_set_and_read(RLIMIT_LOCKS, 1000, "RLIMIT_LOCKS"));
}

PROBE(lim_prlimit)
{
	struct rlimit rl = { 47, 47 }, seen;
	struct probe_answer answer;
	struct util_peer peer;

	if (!util_peer_start(&peer, NULL, NULL))
		return (probe_errno(errno, "fork"));
	if (prlimit(peer.pid, RLIMIT_NOFILE, &rl, NULL) != 0 ||
	    prlimit(peer.pid, RLIMIT_NOFILE, NULL, &seen) != 0)
		answer = probe_errno(errno, "prlimit");
	else
		answer = seen.rlim_cur == 47
			     ? probe_ok(NULL)
			     : probe_wrong("it reads %llu",
				   (unsigned long long)seen.rlim_cur);
	util_peer_stop(&peer);
	return (answer);
}

#endif

#if defined(__FreeBSD__)

PROBE(lim_sbsize)
{
	int sv[2];

	if (!limit_drop_alone(ctx))
		return (probe_errno(errno, "setresuid"));
	if (!limit_set(RLIMIT_SBSIZE, 1024, false))
		return (probe_errno(errno, "setrlimit"));
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == 0)
		return (probe_wrong("a pair of sockets was made"));
	return (errno == ENOBUFS
		    ? probe_ok("ENOBUFS")
		    : probe_errno(errno, "socketpair: not ENOBUFS"));
}

PROBE(lim_npts)
{
	if (!limit_drop_alone(ctx))
		return (probe_errno(errno, "setresuid"));
	/* Before the limit: others of this user may have some, too. */
	if (posix_openpt(O_RDWR | O_NOCTTY) < 0)
		return (probe_errno(errno, "the first posix_openpt"));
	/* 0 would be no limit at all: chglimit(), kern_resource.c. */
	if (!limit_set(RLIMIT_NPTS, 1, false))
		return (probe_errno(errno, "setrlimit"));
	if (posix_openpt(O_RDWR | O_NOCTTY) >= 0)
		return (probe_wrong("a second terminal was made"));
	return (errno == EAGAIN
		    ? probe_ok("EAGAIN")
		    : probe_errno(errno, "posix_openpt: not EAGAIN"));
}

PROBE(lim_kqueues)
{
	if (!limit_drop_alone(ctx))
		return (probe_errno(errno, "setresuid"));
	/* As for terminals. */
	if (kqueue() < 0)
		return (probe_errno(errno, "the first kqueue"));
	if (!limit_set(RLIMIT_KQUEUES, 1, false))
		return (probe_errno(errno, "setrlimit"));
	if (kqueue() >= 0)
		return (probe_wrong("a second kqueue was made"));
	return (errno == ENOMEM ? probe_ok("ENOMEM")
				: probe_errno(errno, "kqueue: not ENOMEM"));
}

PROBE(lim_umtxp)
{
	return (limit_set_and_read(RLIMIT_UMTXP, 1000, "RLIMIT_UMTXP"));
}

PROBE(lim_swap)
{
	if (!limit_drop_alone(ctx))
		return (probe_errno(errno, "setresuid"));
	/* Anonymous memory of the user's own is what counts as swap. */
	if (!limit_set(RLIMIT_SWAP, 16 * MIB, false))
		return (probe_errno(errno, "setrlimit"));
	if (mmap(NULL, 256 * MIB, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANON, -1, 0) != MAP_FAILED)
		return ((util_sysctl("vm.overcommit", 0) & 2) == 0
			    ? probe_state(ISTH_STATE_UNSUPPORTED, 0,
				  "not enforced: "
				  "vm.overcommit has not its bit 2")
			    : probe_wrong("256 MiB were mapped"));
	return (probe_ok("mmap: %s", strerror(errno)));
}

PROBE(lim_pipebuf)
{
#ifdef RLIMIT_PIPEBUF
	(void)ctx;
	return (limit_set_and_read(RLIMIT_PIPEBUF, MIB, "RLIMIT_PIPEBUF"));
#else
	(void)ctx;
	return (probe_absent("not in this system's headers"));
#endif
}

PROBE(lim_vmm)
{
#ifdef RLIMIT_VMM
	(void)ctx;
	return (limit_set_and_read(RLIMIT_VMM, 1, "RLIMIT_VMM"));
#else
	(void)ctx;
	return (probe_absent("not in this system's headers"));
#endif
}

PROBE(lim_rlimit_sysctl)
{
	struct util_peer peer;
	struct rlimit rl;
	size_t len = sizeof(rl);
	int mib[5] = { CTL_KERN, KERN_PROC, KERN_PROC_RLIMIT, 0,
		RLIMIT_NOFILE };
	int rc;

	(void)ctx;
	if (!limit_set(RLIMIT_NOFILE, 47, false) ||
	    !util_peer_start(&peer, NULL, NULL))
		return (probe_errno(errno, "fork"));
	mib[3] = peer.pid;
	rc = sysctl(mib, 5, &rl, &len, NULL, 0) == 0 ? 0 : errno;
	util_peer_stop(&peer);
	if (rc != 0)
		return (probe_errno(rc, "sysctl KERN_PROC_RLIMIT"));
	return (rl.rlim_cur == 47
		    ? probe_ok("read; it cannot be set so")
		    : probe_wrong("it reads %lld", (long long)rl.rlim_cur));
}

#endif
