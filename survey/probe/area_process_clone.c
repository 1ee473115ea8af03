/*
 * Probes of the area process: the flags of clone and clone3 one by one.
 * Those that make namespaces are in the area namespace.
 */
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_process.h"

#if defined(__linux__)
#include <linux/sched.h>

enum { STACK_SIZE = 256 * 1024 };

/* What parent and child look at. */
struct shared {
	volatile int word;
	volatile pid_t tid;
};

static struct shared *shared;

/* clone(2) with a stack of its own; the child runs `fn`. */
static pid_t
clone_child(int (*fn)(void *), int flags, pid_t *ptid, pid_t *ctid)
{
	char *stack;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (shared == MAP_FAILED || stack == MAP_FAILED)
		return (-1);
	return (clone(fn, stack + STACK_SIZE, flags, shared, ptid, NULL, ctid));
}

static int
child_exit(void *arg)
{
	(void)arg;
	return (5);
}

static PROBE(clone_plain)
{
	pid_t pid;
	int status;

	NEED(pid = clone_child(child_exit, SIGCHLD, NULL, NULL));
	NEED(status = process_status(pid));
	return (WIFEXITED(status) && WEXITSTATUS(status) == 5
		    ? probe_ok(NULL)
		    : probe_wrong("wait status %#x", status));
}

static int private_word;

static int
child_store(void *arg)
{
	(void)arg;
	*(volatile int *)&private_word = 9;
	return (0);
}

static PROBE(clone_vm)
{
	pid_t pid;

	NEED(pid = clone_child(child_store, CLONE_VM | SIGCHLD, NULL, NULL));
	NEED(process_status(pid));
	return (*(volatile int *)&private_word == 9
		    ? probe_ok(NULL)
		    : probe_wrong("memory is not shared"));
}

static int
child_chdir(void *arg)
{
	(void)arg;
	return (chdir("below") == 0 && umask(077) == 022 ? 0 : 1);
}

static PROBE(clone_fs)
{
	char cwd[PATH_MAX];
	pid_t pid;

	NEED(mkdir("below", 0755));
	NEED(pid = clone_child(child_chdir, CLONE_FS | SIGCHLD, NULL, NULL));
	NEED(process_status(pid));
	if (getcwd(cwd, sizeof(cwd)) == NULL)
		return (probe_errno(errno, "getcwd"));
	if (strcmp(cwd + strlen(cwd) - 5, "below") != 0 || umask(022) != 077)
		return (probe_wrong("directory or umask is not shared"));
	return (probe_ok(NULL));
}

static int file_number;

static int
child_close(void *arg)
{
	(void)arg;
	return (close(file_number));
}

static PROBE(clone_files)
{
	pid_t pid;

	NEED(file_number = open("/dev/null", O_RDONLY));
	NEED(pid = clone_child(child_close, SIGCHLD, NULL, NULL));
	NEED(process_status(pid));
	/* Each has its table: the child's close is its own. */
	NEED(fcntl(file_number, F_GETFD));
	NEED(pid = clone_child(child_close, CLONE_FILES | SIGCHLD, NULL, NULL));
	NEED(process_status(pid));
	NEED_REFUSAL(fcntl(file_number, F_GETFD), EBADF);
	return (probe_ok(NULL));
}

static void
on_signal(int sig)
{
	(void)sig;
}

static int
child_sigaction(void *arg)
{
	(void)arg;
	return (signal(SIGUSR1, on_signal) == SIG_ERR ? 1 : 0);
}

static PROBE(clone_sighand)
{
	struct sigaction sa;
	pid_t pid;

	NEED_REFUSAL(
	    clone_child(child_exit, CLONE_SIGHAND | SIGCHLD, NULL, NULL),
	    EINVAL);
	NEED(pid = clone_child(child_sigaction,
		 CLONE_VM | CLONE_SIGHAND | SIGCHLD, NULL, NULL));
	NEED(process_status(pid));
	NEED(sigaction(SIGUSR1, NULL, &sa));
	return (sa.sa_handler == on_signal
		    ? probe_ok(NULL)
		    : probe_wrong("the child's handler is not ours"));
}

static int
child_parent(void *arg)
{
	((struct shared *)arg)->word = getppid();
	return (0);
}

static PROBE(clone_parent)
{
	int i;

	NEED(clone_child(child_parent, CLONE_PARENT | SIGCHLD, NULL, NULL));
	/* It is our sibling: there is nothing for us to wait for. */
	for (i = 0; i < 200 && shared->word == 0; i++)
		(void)usleep(100);
	if (shared->word != getppid())
		return (probe_wrong("its parent is process %d", shared->word));
	return (probe_ok(NULL));
}

static int
child_thread(void *arg)
{
	struct shared *s = arg;

	s->tid = (pid_t)syscall(SYS_gettid);
	s->word = (int)syscall(SYS_getpid);
	(void)syscall(SYS_exit, 0);
	return (0);
}

static PROBE(clone_thread)
{
	pid_t tid;
	int i;

	NEED(tid = clone_child(child_thread,
		 CLONE_VM | CLONE_SIGHAND | CLONE_THREAD, NULL, NULL));
	for (i = 0; i < 200 && shared->word == 0; i++)
		(void)usleep(100);
	if (shared->word != getpid() || shared->tid != tid || tid == getpid())
		return (probe_wrong(
		    "pid %d tid %d", shared->word, (int)shared->tid));
	return (probe_ok(NULL));
}

static int
child_slow(void *arg)
{
	(void)usleep(3000);
	((struct shared *)arg)->word = 1;
	return (0);
}

static PROBE(clone_vfork)
{
	pid_t pid;
	int seen;

	NEED(pid = clone_child(child_slow, CLONE_VFORK | SIGCHLD, NULL, NULL));
	seen = shared->word;
	NEED(process_status(pid));
	return (seen == 1 ? probe_ok(NULL)
			  : probe_wrong("the parent did not wait"));
}

static PROBE(clone_pidfd)
{
	siginfo_t si;
	pid_t pid;
	int fd = -1;

	NEED(pid = clone_child(
		 child_exit, CLONE_PIDFD | SIGCHLD, (pid_t *)&fd, NULL));
	if ((fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0)
		return (probe_wrong("the descriptor is not close-on-exec"));
	NEED(waitid(P_PIDFD, (id_t)fd, &si, WEXITED));
	return (si.si_pid == pid ? probe_ok(NULL)
				 : probe_wrong("pid %d", (int)si.si_pid));
}

static PROBE(clone_parent_settid)
{
	pid_t pid, tid = 0;

	NEED(pid = clone_child(
		 child_exit, CLONE_PARENT_SETTID | SIGCHLD, &tid, NULL));
	NEED(process_status(pid));
	return (
	    tid == pid ? probe_ok(NULL) : probe_wrong("stored %d", (int)tid));
}

static pid_t child_tid;

static int
child_settid(void *arg)
{
	((struct shared *)arg)->word = child_tid;
	return (0);
}

static PROBE(clone_child_settid)
{
	pid_t pid;

	NEED(pid = clone_child(
		 child_settid, CLONE_CHILD_SETTID | SIGCHLD, NULL, &child_tid));
	NEED(process_status(pid));
	if (shared->word != pid || child_tid != 0)
		return (probe_wrong(
		    "stored %d there, %d here", shared->word, (int)child_tid));
	return (probe_ok(NULL));
}

static PROBE(clone_child_cleartid)
{
	pid_t pid, tid = 77;

	/* Cleared only where the memory has another user: hence CLONE_VM. */
	NEED(pid = clone_child(child_exit,
		 CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD, NULL, &tid));
	NEED(process_status(pid));
	return (*(volatile pid_t *)&tid == 0
		    ? probe_ok(NULL)
		    : probe_wrong("the word is still %d", (int)tid));
}

static PROBE(clone_exit_signal)
{
	struct timespec ts = { 0, 500000000 };
	sigset_t set;
	siginfo_t si;
	pid_t pid;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR2);
	NEED(sigprocmask(SIG_BLOCK, &set, NULL));
	NEED(pid = clone_child(child_exit, SIGUSR2, NULL, NULL));
	if (sigtimedwait(&set, &si, &ts) != SIGUSR2 || si.si_pid != pid)
		return (probe_wrong("no SIGUSR2 from the child"));
	/* Not SIGCHLD: a "clone child", invisible to plain wait. */
	NEED_REFUSAL(waitpid(pid, NULL, WNOHANG), ECHILD);
	NEED(waitpid(pid, NULL, __WCLONE));
	return (probe_ok(NULL));
}

static PROBE(clone_io)
{
	pid_t pid;

	NEED(pid = clone_child(child_exit, CLONE_IO | SIGCHLD, NULL, NULL));
	NEED(process_status(pid));
	return (probe_ok("accepted"));
}

static PROBE(clone_sysvsem)
{
	pid_t pid;

	NEED(
	    pid = clone_child(child_exit, CLONE_SYSVSEM | SIGCHLD, NULL, NULL));
	NEED(process_status(pid));
	return (probe_ok("accepted"));
}

/* clone3(2), which libc does not wrap; like fork. */
static pid_t
clone3_fork(struct clone_args *args)
{
	return ((pid_t)syscall(SYS_clone3, args, sizeof(*args)));
}

static PROBE(clone3_plain)
{
	struct clone_args args;
	pid_t pid;
	int fd = -1, status;

	memset(&args, 0, sizeof(args));
	args.flags = CLONE_PIDFD;
	args.pidfd = (uint64_t)(uintptr_t)&fd;
	args.exit_signal = SIGCHLD;
	NEED(pid = clone3_fork(&args));
	if (pid == 0)
		_exit(6);
	NEED(status = process_status(pid));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 6 || fd < 0)
		return (probe_wrong("wait status %#x, pidfd %d", status, fd));
	return (probe_ok(NULL));
}

static PROBE(clone3_extensible)
{
	struct {
		struct clone_args args;
		uint64_t more;
	} big;
	pid_t pid;

	/* A field of the future: zero is accepted, anything else E2BIG. */
	memset(&big, 0, sizeof(big));
	big.more = 1;
	NEED_REFUSAL(syscall(SYS_clone3, &big, sizeof(big)), E2BIG);
	NEED_REFUSAL(syscall(SYS_clone3, &big, (size_t)8), EINVAL);
	big.more = 0;
	big.args.exit_signal = SIGCHLD;
	NEED(pid = (pid_t)syscall(SYS_clone3, &big, sizeof(big)));
	if (pid == 0)
		_exit(0);
	NEED(process_status(pid));
	return (probe_ok(NULL));
}

static PROBE(clone3_set_tid)
{
	struct clone_args args;
	pid_t taken = getpid(), pid;

	memset(&args, 0, sizeof(args));
	args.exit_signal = SIGCHLD;
	args.set_tid = (uint64_t)(uintptr_t)&taken;
	args.set_tid_size = 1;
	pid = clone3_fork(&args);
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		return (probe_wrong("a number in use was given twice"));
	/* Permission is checked before the number is looked at. */
	if (errno == EEXIST)
		return (probe_ok(NULL));
	return (probe_errno(errno, "clone3"));
}

static PROBE(clone3_clear_sighand)
{
	struct clone_args args;
	struct sigaction sa;
	pid_t pid;
	int status;

	(void)signal(SIGUSR1, on_signal);
	(void)signal(SIGUSR2, SIG_IGN);
	memset(&args, 0, sizeof(args));
	args.flags = CLONE_CLEAR_SIGHAND;
	args.exit_signal = SIGCHLD;
	NEED(pid = clone3_fork(&args));
	if (pid == 0) {
		(void)sigaction(SIGUSR1, NULL, &sa);
		if (sa.sa_handler != SIG_DFL)
			_exit(1);
		(void)sigaction(SIGUSR2, NULL, &sa);
		_exit(sa.sa_handler == SIG_IGN ? 0 : 2);
	}
	NEED(status = process_status(pid));
	return (status == 0 ? probe_ok(NULL)
			    : probe_wrong("a handler is still there"));
}

static PROBE(clone3_into_cgroup)
{
	struct clone_args args;

	memset(&args, 0, sizeof(args));
	args.flags = CLONE_INTO_CGROUP;
	args.exit_signal = SIGCHLD;
	args.cgroup = 999;
	errno = 0;
	if (clone3_fork(&args) >= 0)
		return (probe_wrong("a closed descriptor was accepted"));
	return (errno == EBADF ? probe_ok("EBADF for a closed descriptor")
			       : probe_errno(errno, "clone3"));
}
#endif

/* clang-format off */
static const struct probe rows[] = {
	ROW_KV("process.clone", "clone",
	    "clone with an exit signal is fork",
	    ON_LINUX(clone_plain), 0, "feature.SYS_clone"),
	ROW("process.clone-vm", "CLONE_VM",
	    "memory is shared", ON_LINUX(clone_vm), 0),
	ROW("process.clone-fs", "CLONE_FS",
	    "working directory and umask are shared", ON_LINUX(clone_fs), 0),
	ROW("process.clone-files", "CLONE_FILES",
	    "the descriptor table is shared", ON_LINUX(clone_files), 0),
	ROW("process.clone-sighand", "CLONE_SIGHAND",
	    "signal handlers are shared, with memory only",
	    ON_LINUX(clone_sighand), 0),
	ROW("process.clone-parent", "CLONE_PARENT",
	    "the child is a sibling", ON_LINUX(clone_parent), 0),
	ROW("process.clone-thread", "CLONE_THREAD",
	    "the child is a thread of the process",
	    ON_LINUX(clone_thread), 0),
	ROW("process.clone-vfork", "CLONE_VFORK",
	    "the parent waits for the child's exit",
	    ON_LINUX(clone_vfork), 0),
	ROW("process.clone-pidfd", "CLONE_PIDFD",
	    "a close-on-exec process descriptor comes back",
	    ON_LINUX(clone_pidfd), 0),
	ROW("process.clone-parent-settid", "CLONE_PARENT_SETTID",
	    "the child's number is stored for the parent",
	    ON_LINUX(clone_parent_settid), 0),
	ROW("process.clone-child-settid", "CLONE_CHILD_SETTID",
	    "the child's number is stored for the child",
	    ON_LINUX(clone_child_settid), 0),
	ROW("process.clone-child-cleartid", "CLONE_CHILD_CLEARTID",
	    "a word is cleared at the child's exit",
	    ON_LINUX(clone_child_cleartid), 0),
	ROW("process.clone-exit-signal", "clone",
	    "another exit signal, and __WCLONE to wait",
	    ON_LINUX(clone_exit_signal), 0),
	ROW("process.clone-io", "CLONE_IO",
	    "the I/O context is shared", ON_LINUX(clone_io), 0),
	ROW("process.clone-sysvsem", "CLONE_SYSVSEM",
	    "semaphore undo lists are shared", ON_LINUX(clone_sysvsem), 0),
	ROW("process.clone3", "clone3",
	    "clone3 makes a process and its descriptor",
	    ON_LINUX(clone3_plain), 0),
	ROW("process.clone3-extensible", "clone3",
	    "unknown fields are refused unless zero",
	    ON_LINUX(clone3_extensible), 0),
	ROW("process.clone3-set-tid", "clone3",
	    "a process number can be asked for, if free",
	    ON_LINUX(clone3_set_tid), 0),
	ROW("process.clone-clear-sighand", "CLONE_CLEAR_SIGHAND",
	    "handlers become default, ignored signals stay",
	    ON_LINUX(clone3_clear_sighand), 0),
	ROW("process.clone-into-cgroup", "CLONE_INTO_CGROUP",
	    "a child can be born in a cgroup",
	    ON_LINUX(clone3_into_cgroup), 0),
};
/* clang-format on */

const struct probe_area probe_area_process_clone = { ISTH_AREA_PROCESS, rows,
	UTIL_COUNT(rows) };
