/*
 * One unprivileged user and another: signals, tracing, and what the kernel
 * does against links and open calls in directories that both may write to.
 * As root, with two numeric ids; else what needs one user alone.
 */
#include "survey/probe/area_privilege.h"

#include <sys/param.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#if defined(__linux__)
#include <sys/prctl.h>
#elif defined(__FreeBSD__)
#include <sys/procctl.h>
#include <sys/sysctl.h>
#include <sys/user.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ONE PROBE_OTHER_ID
#define TWO (PROBE_OTHER_ID + 1)

#if defined(__FreeBSD__)
#define ATTACH(pid) ptrace(PT_ATTACH, pid, NULL, 0)
#define DETACH(pid) ptrace(PT_DETACH, pid, (caddr_t)1, 0)
#else
#define ATTACH(pid) ptrace(PTRACE_ATTACH, pid, NULL, NULL)
#define DETACH(pid) ptrace(PTRACE_DETACH, pid, NULL, NULL)
#endif

/* A user id to drop to, and what to give up besides. */
struct being {
	unsigned uid;
	bool untraceable;
};

static int
be(void *arg)
{
	const struct being *being = arg;

	if (being->uid != 0 && !util_drop_to(being->uid))
		return (errno);
	if (!being->untraceable)
		return (0);
#if defined(__linux__)
	return (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : errno);
#elif defined(__FreeBSD__)
	int off = PROC_TRACE_CTL_DISABLE_EXEC;

	return (
	    procctl(P_PID, getpid(), PROC_TRACE_CTL, &off) == 0 ? 0 : errno);
#else
	return (ENOSYS);
#endif
}

/*
 * Starts such a process.  On FreeBSD a process that changed its ids cannot
 * be traced by anybody until execve(2), which would hide what is asked: it
 * becomes a cat(1), that says so by echoing a byte.
 */
static bool
start(struct util_peer *peer, struct being *being)
{
#if defined(__FreeBSD__)
	return (util_peer_start_cat(peer, be, being));
#else
	return (util_peer_start(peer, be, being));
#endif
}

/*
 * Starts a process as user `uid` (0: as we are) and becomes user ONE; it
 * ends when its channel closes.  False with the answer.
 */
static bool
beside(unsigned uid, struct util_peer *peer, struct probe_answer *why)
{
	struct being being = { uid, false };

	if (!start(peer, &being)) {
		*why = probe_errno(errno, "fork, setresuid");
		return (false);
	}
	if (!util_drop_to(ONE)) {
		*why = probe_errno(errno, "setresuid");
		return (false);
	}
	return (true);
}

PROBE(priv_kill_other)
{
	struct probe_answer why;
	struct util_peer peer;

	if (!beside(TWO, &peer, &why))
		return (why);
	return (util_refused(kill(peer.pid, 0), ESRCH, "kill"));
}

PROBE(priv_see_other)
{
	struct probe_answer why;
	struct util_peer peer;

	if (!beside(TWO, &peer, &why))
		return (why);
	if (kill(peer.pid, 0) == 0)
		return (probe_wrong("it can even be signalled"));
#if defined(__FreeBSD__)
	return (
	    errno == ESRCH
		? probe_ok("hidden: see_other_uids is 0")
		: probe_wrong("it shows: security.bsd.see_other_uids is %ld",
		      util_sysctl("security.bsd.see_other_uids", -1)));
#else
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", (int)peer.pid);
	return (errno == ESRCH || !util_exists(path)
		    ? probe_ok("hidden")
		    : probe_wrong(
			  "it shows, with its arguments: no hidepid on /proc"));
#endif
}

PROBE(priv_ptrace_other)
{
	struct probe_answer why;
	struct util_peer peer;

	if (!beside(TWO, &peer, &why))
		return (why);
	return (util_refused(ATTACH(peer.pid), ESRCH, "ptrace"));
}

/* Attaches to a process, and lets it go again when that was allowed. */
static struct probe_answer
attach(const struct util_peer *peer)
{
	int status;

	if (ATTACH(peer->pid) != 0)
		return (probe_errno(errno, "ptrace"));
	(void)waitpid(peer->pid, &status, 0);
	(void)DETACH(peer->pid);
	return (probe_ok(NULL));
}

PROBE(priv_ptrace_child)
{
	struct being being = { ctx->root ? ONE : 0, false };
	struct probe_answer answer;
	struct util_peer peer;

	if (!util_drop_to(ONE) || !start(&peer, &being))
		return (probe_errno(errno, "fork"));
	answer = attach(&peer);
	util_peer_stop(&peer);
	return (answer);
}

static struct probe_answer
attach_from_sibling(const struct probe_context *ctx, void *arg)
{
	(void)ctx;
	return (attach(arg));
}

PROBE(priv_ptrace_peer)
{
	struct being being = { 0, false };
	struct probe_answer answer;
	struct util_peer peer;

	if (!util_drop_to(ONE) || !start(&peer, &being))
		return (probe_errno(errno, "fork"));
	/* A sibling: Yama's scope 1 allows it to nobody but an ancestor. */
	answer = util_in_child(attach_from_sibling, ctx, &peer);
	util_peer_stop(&peer);
	if (answer.state == ISTH_STATE_OK)
		return (probe_ok("allowed: a build can trace its siblings of "
				 "the same user"));
	return (answer);
}

PROBE(priv_untraceable)
{
	struct being being = { 0, true };
	struct probe_answer answer;
	struct util_peer peer;

	if (!util_drop_to(ONE) || !start(&peer, &being))
		return (probe_errno(errno, "fork"));
	answer = util_refused(ATTACH(peer.pid), 0, "ptrace");
	util_peer_stop(&peer);
	return (answer);
}

PROBE(priv_environ_other)
{
	struct probe_answer why;
	struct util_peer peer;

	if (!beside(TWO, &peer, &why))
		return (why);
#if defined(__FreeBSD__)
	int mib[4] = { CTL_KERN, KERN_PROC, KERN_PROC_ENV, peer.pid };
	char buf[4096];
	size_t len = sizeof(buf);

	return (util_refused(
	    sysctl(mib, 4, buf, &len, NULL, 0), ESRCH, "sysctl KERN_PROC_ENV"));
#else
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)peer.pid);
	return (util_refused(
	    open(path, O_RDONLY | O_CLOEXEC), ENOENT, "its environ"));
#endif
}

#if defined(__linux__)
PROBE(priv_process_read)
{
	static char here[16];
	struct iovec local = { here, sizeof(here) };
	struct iovec remote = { here, sizeof(here) };
	struct probe_answer why;
	struct util_peer peer;

	if (!beside(TWO, &peer, &why))
		return (why);
	return (
	    util_refused(process_vm_readv(peer.pid, &local, 1, &remote, 1, 0),
		0, "process_vm_readv"));
}

PROBE(priv_prlimit_other)
{
	struct probe_answer why;
	struct util_peer peer;
	struct rlimit limit;

	if (!beside(TWO, &peer, &why))
		return (why);
	return (util_refused(
	    prlimit(peer.pid, RLIMIT_NOFILE, NULL, &limit), 0, "prlimit"));
}
#endif

/*
 * Makes "d", which all may write to (`mode`), with a file of root's in it,
 * and becomes user ONE; false with the answer.
 */
static bool
shared_directory(mode_t mode, struct probe_answer *why)
{
	if (chmod(".", 0711) == 0 && mkdir("d", 0700) == 0 &&
	    probe_file("d/theirs", "secret") && chmod("d/theirs", 0600) == 0 &&
	    chmod("d", mode) == 0 && util_drop_to(ONE))
		return (true);
	*why = probe_errno(errno, "mkdir");
	return (false);
}

PROBE(priv_hardlink)
{
	struct probe_answer why;

	if (!shared_directory(0777, &why))
		return (why);
	if (link("d/theirs", "d/mine") == 0)
#if defined(__FreeBSD__)
		return (probe_wrong("allowed: security.bsd."
				    "hardlink_check_uid is %ld",
		    util_sysctl("security.bsd.hardlink_check_uid", -1)));
#else
		return (probe_wrong("allowed: fs.protected_hardlinks is 0"));
#endif
	return (util_refused(-1, 0, "link"));
}

PROBE(priv_symlink)
{
	struct probe_answer why;

	/* Root's link in a sticky directory; the file may be read by all. */
	if (chmod(".", 0711) != 0 || mkdir("d", 0700) != 0 ||
	    !probe_file("file", "x") || chmod("file", 0644) != 0 ||
	    symlink("../file", "d/link") != 0 ||
	    lchown("d/link", TWO, TWO) != 0 || chmod("d", 01777) != 0)
		return (probe_errno(errno, "mkdir"));
	if (!util_drop_to(ONE))
		return (probe_errno(errno, "setresuid"));
	(void)why;
	if (open("d/link", O_RDONLY | O_CLOEXEC) >= 0)
		return (probe_wrong("another's link in a sticky directory "
				    "was followed"));
	return (util_refused(-1, 0, "open"));
}

PROBE(priv_regular)
{
	if (chmod(".", 0711) != 0 || mkdir("d", 0700) != 0 ||
	    !probe_file("d/theirs", "x") || chmod("d/theirs", 0666) != 0 ||
	    chown("d/theirs", TWO, TWO) != 0 || chmod("d", 01777) != 0 ||
	    !util_drop_to(ONE))
		return (probe_errno(errno, "mkdir"));
	return (
	    util_refused(open("d/theirs", O_WRONLY | O_CREAT | O_CLOEXEC, 0600),
		0, "open(O_CREAT) of another's file"));
}

PROBE(priv_fifo)
{
	if (chmod(".", 0711) != 0 || mkdir("d", 0700) != 0 ||
	    mkfifo("d/theirs", 0666) != 0 || chmod("d/theirs", 0666) != 0 ||
	    chown("d/theirs", TWO, TWO) != 0 || chmod("d", 01777) != 0 ||
	    !util_drop_to(ONE))
		return (probe_errno(errno, "mkfifo"));
	return (util_refused(
	    open("d/theirs", O_RDWR | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0600),
	    0, "open(O_CREAT) of another's fifo"));
}

PROBE(priv_sticky)
{
	struct probe_answer why;

	if (!shared_directory(01777, &why))
		return (why);
	if (unlink("d/theirs") == 0 || rename("d/theirs", "d/x") == 0)
		return (probe_wrong("another's file was removed"));
	return (util_refused(-1, 0, "unlink"));
}
