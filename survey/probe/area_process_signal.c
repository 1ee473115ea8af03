/*
 * Probes of the area process: signals, threads and tracing: what one process
 * does to another, or a thread to its own.
 */
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_process.h"

#if defined(__linux__)
#include <linux/kcmp.h>
#elif defined(__FreeBSD__)
#include <sys/param.h>
#include <sys/thr.h>
#include <pthread_np.h>
#endif

/* Blocks one signal, for sigtimedwait. */
static int
block(sigset_t *set, int sig)
{
	(void)sigemptyset(set);
	(void)sigaddset(set, sig);
	return (sigprocmask(SIG_BLOCK, set, NULL));
}

static PROBE(signal_queue)
{
	struct timespec ts = { 0, 500000000 };
	union sigval value;
	sigset_t set;
	siginfo_t si;

	NEED(block(&set, SIGUSR1));
	value.sival_int = 4711;
	NEED(sigqueue(getpid(), SIGUSR1, value));
	if (sigtimedwait(&set, &si, &ts) != SIGUSR1)
		return (probe_wrong("no signal came"));
	if (si.si_value.sival_int != 4711 || si.si_code != SI_QUEUE ||
	    si.si_pid != getpid())
		return (probe_wrong("value %d code %d pid %d",
		    si.si_value.sival_int, si.si_code, (int)si.si_pid));
	return (probe_ok(NULL));
}

static PROBE(signal_queue_order)
{
	struct timespec ts = { 0, 500000000 };
	union sigval value;
	sigset_t set;
	siginfo_t si;
	int i;

	/* Realtime signals queue: none is lost, in order. */
	NEED(block(&set, SIGRTMIN + 3));
	for (i = 0; i < 5; i++) {
		value.sival_int = i;
		NEED(sigqueue(getpid(), SIGRTMIN + 3, value));
	}
	for (i = 0; i < 5; i++) {
		if (sigtimedwait(&set, &si, &ts) < 0)
			return (probe_wrong("%d of 5 came", i));
		if (si.si_value.sival_int != i)
			return (probe_wrong("out of order"));
	}
	return (probe_ok(NULL));
}

static PROBE(signal_timedwait)
{
	struct timespec ts = { 0, 2000000 };
	sigset_t set;

	NEED(block(&set, SIGUSR1));
	NEED_REFUSAL(sigtimedwait(&set, NULL, &ts), EAGAIN);
	return (probe_ok(NULL));
}

static void
ignore(int sig)
{
	(void)sig;
}

/* Whether a child's SIGCHLD is kept while it is blocked, action default. */
static bool
is_sigchld_kept(void)
{
	sigset_t pending;
	siginfo_t si;
	pid_t pid;

	pid = fork();
	if (pid == 0)
		_exit(0);
	(void)waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT);
	(void)sigpending(&pending);
	(void)process_status(pid);
	return (sigismember(&pending, SIGCHLD) == 1);
}

static PROBE(signal_waitinfo)
{
	struct timespec ts = { 0, 500000000 }, zero = { 0, 0 };
	struct sigaction sa;
	sigset_t set;
	siginfo_t si;
	bool kept;
	pid_t pid;

	/* POSIX leaves open what becomes of an ignored, blocked signal. */
	NEED(block(&set, SIGCHLD));
	kept = is_sigchld_kept();
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = ignore;
	NEED(sigaction(SIGCHLD, &sa, NULL));
	(void)sigtimedwait(&set, &si, &zero);
	NEED(pid = fork());
	if (pid == 0)
		_exit(3);
	if (sigtimedwait(&set, &si, &ts) != SIGCHLD)
		return (probe_wrong("no SIGCHLD, although it has a handler"));
	NEED(process_status(pid));
	if (si.si_pid != pid || si.si_code != CLD_EXITED || si.si_status != 3)
		return (probe_wrong("pid %d code %d status %d", (int)si.si_pid,
		    si.si_code, si.si_status));
	return (kept ? probe_ok(NULL)
		     : probe_ok("SIGCHLD needs a handler: by default it is "
				"discarded even when blocked"));
}

/*
 * POSIX leaves it open whether a blocked signal whose action is to be
 * ignored stays pending.  Loops that wait for SIGCHLD rely on it.
 */
static PROBE(signal_default)
{
	struct timespec ts = { 0, 5000000 };
	sigset_t set;
	pid_t pid;

	NEED(block(&set, SIGCHLD));
	NEED(pid = fork());
	if (pid == 0)
		_exit(0);
	NEED(process_status(pid));
	return (sigtimedwait(&set, NULL, &ts) == SIGCHLD
		    ? probe_ok(NULL)
		    : row_unsupported("dropped: it needs a handler"));
}

static PROBE(signal_wait)
{
	sigset_t set;
	int err, sig = 0;

	NEED(block(&set, SIGUSR2));
	NEED(raise(SIGUSR2));
	err = sigwait(&set, &sig);
	if (err != 0)
		return (probe_errno(err, "sigwait"));
	return (sig == SIGUSR2 ? probe_ok(NULL) : probe_wrong("%d", sig));
}

static volatile sig_atomic_t on_stack;
static char *stack_low, *stack_high;

static void
note_stack(int sig)
{
	char here;

	(void)sig;
	on_stack = &here >= stack_low && &here < stack_high;
}

__attribute__((__no_sanitize__("address"))) static PROBE(signal_altstack)
{
	struct sigaction sa;
	stack_t ss;

	memset(&ss, 0, sizeof(ss));
	ss.ss_size = 65536;
	ss.ss_sp = malloc(ss.ss_size);
	if (ss.ss_sp == NULL)
		return (probe_errno(errno, "malloc"));
	stack_low = ss.ss_sp;
	stack_high = stack_low + ss.ss_size;
	NEED(sigaltstack(&ss, NULL));
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = note_stack;
	sa.sa_flags = SA_ONSTACK;
	NEED(sigaction(SIGUSR1, &sa, NULL));
	NEED(raise(SIGUSR1));
	return (on_stack ? probe_ok(NULL)
			 : probe_wrong("the handler ran on the other stack"));
}

/* What a read does that a signal interrupts: 0 goes on, EINTR ends. */
static int
interrupted_read(int flags, int ms)
{
	struct timespec ts = { 0, ms * 1000000 };
	struct sigaction sa;
	pid_t pid, self = getpid();
	int err, p[2];
	ssize_t n;
	char c;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = ignore;
	sa.sa_flags = flags;
	if (sigaction(SIGUSR1, &sa, NULL) != 0 || pipe(p) != 0)
		return (-1);
	pid = fork();
	if (pid == 0) {
		(void)nanosleep(&ts, NULL);
		(void)kill(self, SIGUSR1);
		(void)nanosleep(&ts, NULL);
		(void)!write(p[1], "x", 1);
		_exit(0);
	}
	n = read(p[0], &c, 1);
	err = n == 1 ? 0 : errno;
	(void)process_status(pid);
	return (err);
}

static PROBE(signal_restart)
{
	int err = interrupted_read(SA_RESTART, 2);

	return (err == 0 ? probe_ok(NULL) : probe_wrong("errno %d", err));
}

static PROBE(signal_eintr)
{
	int err = interrupted_read(0, 2);

	/* The signal came before the read, on a slow machine. */
	if (err == 0)
		err = interrupted_read(0, 100);
	return (err == EINTR ? probe_ok(NULL) : probe_wrong("errno %d", err));
}

static volatile sig_atomic_t nested, deepest;

static void
again(int sig)
{
	nested++;
	if (nested > deepest)
		deepest = nested;
	if (deepest < 2)
		(void)raise(sig);
	nested--;
}

static PROBE(signal_nodefer)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = again;
	sa.sa_flags = SA_NODEFER;
	NEED(sigaction(SIGUSR1, &sa, NULL));
	NEED(raise(SIGUSR1));
	return (deepest == 2 ? probe_ok(NULL)
			     : probe_wrong("the handler was not interrupted"));
}

static PROBE(signal_uncatchable)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = ignore;
	NEED_REFUSAL(sigaction(SIGKILL, &sa, NULL), EINVAL);
	NEED_REFUSAL(sigaction(SIGSTOP, &sa, NULL), EINVAL);
	return (probe_ok(NULL));
}

struct thread_report {
	pid_t pid;
	long tid;
	sigset_t set;
	int sig;
};

static long
thread_number(void)
{
#if defined(__linux__)
	return (syscall(SYS_gettid));
#elif defined(__FreeBSD__)
	long id = -1;

	(void)thr_self(&id);
	return (id);
#else
	return (-1);
#endif
}

static void *
thread_main(void *arg)
{
	struct thread_report *t = arg;

	t->pid = getpid();
	t->tid = thread_number();
	return (NULL);
}

static PROBE(thread_ids)
{
	struct thread_report t;
	pthread_t thread;
	int err;

	err = pthread_create(&thread, NULL, thread_main, &t);
	if (err != 0)
		return (probe_errno(err, "pthread_create"));
	(void)pthread_join(thread, NULL);
	if (t.pid != getpid() || t.tid == thread_number())
		return (probe_wrong("pid %d, thread %ld", (int)t.pid, t.tid));
	return (probe_ok("%s", thread_number() == getpid()
				   ? "the first thread has the process's number"
				   : "threads have numbers of their own"));
}

/* The thread that a signal is sent to takes it, not another. */
static PROBE(thread_kill)
{
	struct timespec ts = { 0, 500000000 };
	sigset_t set;
	siginfo_t si;

	NEED(block(&set, SIGUSR1));
#if defined(__linux__)
	NEED((int)syscall(SYS_tgkill, getpid(), thread_number(), SIGUSR1));
#elif defined(__FreeBSD__)
	NEED(thr_kill(thread_number(), SIGUSR1));
#endif
	if (sigtimedwait(&set, &si, &ts) != SIGUSR1)
		return (probe_wrong("no signal came"));
	return (probe_ok(NULL));
}

static PROBE(thread_name)
{
	char got[64] = "";

#if defined(__FreeBSD__)
	pthread_set_name_np(pthread_self(), "isthmus");
	pthread_get_name_np(pthread_self(), got, sizeof(got));
#else
	int err = pthread_setname_np(pthread_self(), "isthmus");

	if (err != 0)
		return (probe_errno(err, "pthread_setname_np"));
	(void)pthread_getname_np(pthread_self(), got, sizeof(got));
#endif
	return (strcmp(got, "isthmus") == 0
		    ? probe_ok(NULL)
		    : probe_wrong("the name is \"%s\"", got));
}

/* 0: one open file, other: two, by an order of the kernel's own. */
static long
kcmp_files(pid_t other, int a, int b)
{
#if defined(__linux__)
	return (syscall(SYS_kcmp, getpid(), other, KCMP_FILE, a, b));
#elif defined(KCMP_FILE)
	return (kcmp(getpid(), other, KCMP_FILE, (uintptr_t)a, (uintptr_t)b));
#else
	(void)other;
	(void)a;
	(void)b;
	errno = ENOSYS;
	return (-1);
#endif
}

static PROBE(proc_kcmp)
{
	int copy, fd, second;

	NEED(fd = open("/dev/null", O_RDONLY));
	NEED(copy = dup(fd));
	NEED(second = open("/dev/null", O_RDONLY));
	NEED((int)kcmp_files(getpid(), fd, copy));
	if (kcmp_files(getpid(), fd, copy) != 0 ||
	    kcmp_files(getpid(), fd, second) == 0)
		return (probe_wrong("a copy and a second open look alike"));
	return (probe_ok(NULL));
}

#if defined(__linux__)
static volatile int remote_word = 1;

/* A child that has 1234 in remote_word, and waits. */
static pid_t
word_holder(void)
{
	int p[2];
	pid_t pid;
	char c;

	if (pipe(p) != 0)
		return (-1);
	pid = fork();
	if (pid == 0) {
		remote_word = 1234;
		(void)!write(p[1], "r", 1);
		for (;;)
			(void)pause();
	}
	return (pid > 0 && read(p[0], &c, 1) != 1 ? -1 : pid);
}

static PROBE(proc_vm_readv)
{
	struct iovec local, remote;
	int word = 0;
	pid_t pid;
	ssize_t n;

	NEED(pid = word_holder());
	local.iov_base = &word;
	remote.iov_base = (void *)(uintptr_t)&remote_word;
	local.iov_len = remote.iov_len = sizeof(word);
	n = process_vm_readv(pid, &local, 1, &remote, 1, 0);
	process_finish(pid);
	NEED(n);
	return (word == 1234 ? probe_ok(NULL) : probe_wrong("read %d", word));
}

static PROBE(proc_vm_writev)
{
	struct iovec local, remote;
	int word = 77;
	pid_t pid;
	ssize_t n;

	NEED(pid = word_holder());
	local.iov_base = &word;
	remote.iov_base = (void *)(uintptr_t)&remote_word;
	local.iov_len = remote.iov_len = sizeof(word);
	n = process_vm_writev(pid, &local, 1, &remote, 1, 0);
	word = 0;
	(void)process_vm_readv(pid, &local, 1, &remote, 1, 0);
	process_finish(pid);
	NEED(n);
	return (word == 77 ? probe_ok(NULL) : probe_wrong("read %d", word));
}
#endif

static PROBE(proc_ptrace)
{
	pid_t pid;
	int status;

	NEED(pid = fork());
	if (pid == 0) {
#if defined(__linux__)
		(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
#else
		(void)ptrace(PT_TRACE_ME, 0, NULL, 0);
#endif
		(void)raise(SIGUSR1);
		_exit(8);
	}
	/* A traced process stops for each signal. */
	NEED(waitpid(pid, &status, 0));
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGUSR1)
		return (probe_wrong("wait status %#x", status));
#if defined(__linux__)
	NEED((int)ptrace(PTRACE_CONT, pid, NULL, NULL));
#else
	NEED(ptrace(PT_CONTINUE, pid, (caddr_t)1, 0));
#endif
	NEED(status = process_status(pid));
	return (WIFEXITED(status) && WEXITSTATUS(status) == 8
		    ? probe_ok(NULL)
		    : probe_wrong("wait status %#x at the end", status));
}

/* clang-format off */
static const struct probe rows[] = {
	ROW("process.sigqueue", "sigqueue",
	    "a signal with a value", signal_queue, 0),
	ROW("process.sigqueue-order", "sigqueue",
	    "realtime signals queue in order", signal_queue_order, 0),
	ROW("process.sigtimedwait", "sigtimedwait",
	    "no signal in time is EAGAIN", signal_timedwait, 0),
	ROW("process.sigwaitinfo", "sigwaitinfo",
	    "SIGCHLD says who, how and with what status",
	    signal_waitinfo, 0),
	ROW("process.sigchld-default", "semantic:sigchld-stays-pending",
	    "a blocked SIGCHLD without a handler stays pending",
	    signal_default, 0),
	ROW("process.sigwait", "sigwait",
	    "a pending signal is taken", signal_wait, 0),
	ROW("process.sigaltstack", "sigaltstack",
	    "a handler runs on the stack it was given", signal_altstack, 0),
	ROW("process.sa-restart", "sigaction",
	    "a read goes on after a handler", signal_restart, 0),
	ROW("process.sa-eintr", "sigaction",
	    "without SA_RESTART a read ends with EINTR", signal_eintr, 0),
	ROW("process.sa-nodefer", "sigaction",
	    "a handler may be interrupted by its own signal",
	    signal_nodefer, 0),
	ROW("process.sigkill-uncatchable", "sigaction",
	    "SIGKILL and SIGSTOP cannot be caught", signal_uncatchable, 0),
	ROW("process.thread-ids",
#if defined(__FreeBSD__)
	    "thr_self",
#else
	    "gettid",
#endif
	    "a thread has the process's pid and a number of its own",
	    thread_ids, 0),
	ROW("process.thread-kill",
#if defined(__FreeBSD__)
	    "thr_kill",
#else
	    "tgkill",
#endif
	    "a signal to one thread", thread_kill, 0),
	ROW("process.thread-name", "pthread_setname_np",
	    "a thread's name can be read back", thread_name, 0),
	ROW("process.kcmp", "kcmp",
	    "two descriptors of one open file are told from two opens",
	    proc_kcmp, 0),
	ROW("process.vm-readv", "process_vm_readv",
	    "a child's memory is read", ON_LINUX(proc_vm_readv), 0),
	ROW("process.vm-writev", "process_vm_writev",
	    "a child's memory is written", ON_LINUX(proc_vm_writev), 0),
	ROW("process.ptrace", "ptrace",
	    "a traced child stops for a signal", proc_ptrace, 0),
};
/* clang-format on */

const struct probe_area probe_area_process_signal = { ISTH_AREA_PROCESS, rows,
	UTIL_COUNT(rows) };
