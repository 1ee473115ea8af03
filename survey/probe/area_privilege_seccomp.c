/*
 * seccomp(2) of Linux.  Filters look at the system call's number alone: each
 * is for this process, whose architecture is known.
 */
#include "survey/probe/area_privilege.h"

#if defined(__linux__)

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NUMBER_AT ((uint32_t)offsetof(struct seccomp_data, nr))
/* The low half of an argument; both byte orders. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARG_AT(i) ((uint32_t)offsetof(struct seccomp_data, args[i]))
#else
#define ARG_AT(i) ((uint32_t)offsetof(struct seccomp_data, args[i]) + 4)
#endif

/* Gives `action` for that call and allows all others; -1 with errno. */
static int
filter(long number, uint32_t action, unsigned flags)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NUMBER_AT),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { UTIL_COUNT(code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return (-1);
	return ((int)syscall(
	    SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program));
}

static int
strict_child(void *arg)
{
	(void)arg;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
		return (errno);
	(void)syscall(SYS_getppid);
	(void)syscall(SYS_exit, 125);
	return (125);
}

/* What became of a child that must be killed by `signal`. */
static struct probe_answer
must_die(int rc, int signal)
{
	if (rc == -signal)
		return (probe_ok("killed by signal %d", signal));
	if (rc == 125)
		return (probe_wrong("the call was made"));
	return (rc < 0 ? probe_wrong("killed by signal %d", -rc)
		       : probe_errno(rc, "seccomp"));
}

PROBE(priv_sec_strict)
{
	return (must_die(probe_child(strict_child, NULL), SIGKILL));
}

PROBE(priv_sec_errno)
{
	if (filter(SYS_getppid, SECCOMP_RET_ERRNO | ENOTBLK, 0) != 0)
		return (probe_errno(errno, "seccomp"));
	if (syscall(SYS_getppid) != -1 || errno != ENOTBLK)
		return (probe_wrong("the call was made"));
	return (syscall(SYS_getpid) > 0
		    ? probe_ok("the errno that was asked "
			       "for")
		    : probe_wrong("another call failed too"));
}

static int
kill_child(void *arg)
{
	const uint32_t *action = arg;

	if (filter(SYS_getppid, *action, 0) != 0)
		return (errno);
	(void)syscall(SYS_getppid);
	return (125);
}

PROBE(priv_sec_kill)
{
	uint32_t action = SECCOMP_RET_KILL_PROCESS;

	return (must_die(probe_child(kill_child, &action), SIGSYS));
}

static volatile sig_atomic_t trapped;

static void
on_trap(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	trapped = info->si_syscall;
}

PROBE(priv_sec_trap)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_sigaction = on_trap;
	action.sa_flags = SA_SIGINFO;
	if (sigaction(SIGSYS, &action, NULL) != 0 ||
	    filter(SYS_getppid, SECCOMP_RET_TRAP, 0) != 0)
		return (probe_errno(errno, "seccomp"));
	(void)syscall(SYS_getppid);
	return (trapped == SYS_getppid ? probe_ok("SIGSYS tells the call")
				       : probe_wrong("no SIGSYS"));
}

PROBE(priv_sec_actions)
{
	static const struct {
		const char *name;
		uint32_t action;
	} actions[] = {
		{ "kill_process", SECCOMP_RET_KILL_PROCESS },
		{ "kill_thread", SECCOMP_RET_KILL_THREAD },
		{ "trap", SECCOMP_RET_TRAP },
		{ "errno", SECCOMP_RET_ERRNO },
		{ "user_notif", SECCOMP_RET_USER_NOTIF },
		{ "trace", SECCOMP_RET_TRACE },
		{ "log", SECCOMP_RET_LOG },
	};
	char missing[128];

	(void)ctx;
	missing[0] = '\0';
	for (size_t i = 0; i < UTIL_COUNT(actions); i++)
		if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0,
			&actions[i].action) != 0) {
			if (errno == EINVAL || errno == ENOSYS)
				return (probe_absent("before 4.14"));
			util_append(missing, sizeof(missing), actions[i].name);
		}
	return (missing[0] == '\0' ? probe_ok("all %zu", UTIL_COUNT(actions))
				   : probe_state(ISTH_STATE_UNSUPPORTED,
					 EOPNOTSUPP, "without %s", missing));
}

PROBE(priv_sec_notify)
{
	struct seccomp_notif request;
	struct seccomp_notif_resp reply;
	int fds[2], listener, rc;
	pid_t pid;

	if (pipe(fds) != 0)
		return (probe_errno(errno, "pipe"));
	/* It shares our descriptors: the listener needs no passing on. */
	pid = util_clone(CLONE_FILES);
	if (pid == 0) {
		listener = filter(SYS_getppid, SECCOMP_RET_USER_NOTIF,
		    SECCOMP_FILTER_FLAG_NEW_LISTENER);
		if (listener < 0)
			listener = -errno;
		if (write(fds[1], &listener, sizeof(listener)) < 0 ||
		    listener < 0)
			_exit(1);
		_exit(syscall(SYS_getppid) == 4711 ? 0 : 2);
	}
	if (pid < 0)
		return (probe_errno(errno, "clone"));
	if (read(fds[0], &listener, sizeof(listener)) != sizeof(listener))
		return (probe_wrong("no word from the child"));
	if (listener < 0)
		return (probe_errno(-listener, "seccomp(FLAG_NEW_LISTENER)"));
	memset(&request, 0, sizeof(request));
	memset(&reply, 0, sizeof(reply));
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) != 0)
		return (probe_errno(errno, "ioctl(NOTIF_RECV)"));
	if (request.data.nr != SYS_getppid || request.pid != (uint32_t)pid)
		return (probe_wrong("it tells another call or process"));
	reply.id = request.id;
	reply.val = 4711;
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply) != 0)
		return (probe_errno(errno, "ioctl(NOTIF_SEND)"));
	rc = util_wait(pid);
	return (rc == 0 ? probe_ok("a supervisor answered the call")
			: probe_wrong("the call did not return its answer"));
}

static void *
other_thread(void *arg)
{
	int *fds = arg;
	char c;

	if (read(fds[0], &c, 1) != 1)
		return (NULL);
	return (syscall(SYS_getppid) == -1 && errno == ENOTBLK ? arg : NULL);
}

PROBE(priv_sec_tsync)
{
	pthread_t thread;
	void *result;
	int fds[2], rc;

	if (pipe(fds) != 0)
		return (probe_errno(errno, "pipe"));
	rc = pthread_create(&thread, NULL, other_thread, fds);
	if (rc != 0)
		return (probe_errno(rc, "pthread_create"));
	rc = filter(SYS_getppid, SECCOMP_RET_ERRNO | ENOTBLK,
	    SECCOMP_FILTER_FLAG_TSYNC);
	if (rc != 0)
		return (probe_errno(errno, "seccomp(FLAG_TSYNC)"));
	result = NULL;
	if (write(fds[1], "x", 1) != 1 || pthread_join(thread, &result) != 0)
		return (probe_errno(errno, "pthread_join"));
	return (result != NULL
		    ? probe_ok("a thread from before is bound")
		    : probe_wrong("a thread from before is not bound"));
}

PROBE(priv_sec_suid)
{
	/* What build daemons do against set-id results (Nix 1.11.10). */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NUMBER_AT),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fchmodat, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARG_AT(2)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, S_ISUID | S_ISGID, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { UTIL_COUNT(code), code };

	(void)ctx;
	if (!probe_file("file", ""))
		return (probe_errno(errno, "create"));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
		return (probe_errno(errno, "seccomp"));
	if (syscall(SYS_fchmodat, AT_FDCWD, "file", 0755) != 0)
		return (probe_wrong("a plain mode was refused"));
	return (util_refused(syscall(SYS_fchmodat, AT_FDCWD, "file", 04755), 0,
	    "fchmodat(04755)"));
}

PROBE(priv_sec_needs_nnp)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { UTIL_COUNT(code), code };

	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return (util_skip("no new privileges from the start"));
	return (util_refused(
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program), 0,
	    "seccomp without no_new_privs"));
}

PROBE(priv_sec_exec)
{
	char file[] = "/proc/self/status", out[4096], path[] = "cat";
	char *argv[] = { path, file, NULL };

	if (filter(SYS_getppid, SECCOMP_RET_ERRNO | ENOTBLK, 0) != 0)
		return (probe_errno(errno, "seccomp"));
	if (util_capture(argv, out, sizeof(out)) != 0)
		return (util_skip("no cat(1) to start"));
	return (strstr(out, "Seccomp:\t2") != NULL
		    ? probe_ok("a program that is started has it")
		    : probe_wrong("a program that is started has no filter"));
}

PROBE(priv_sec_forever)
{
	if (filter(SYS_getppid, SECCOMP_RET_ERRNO | ENOTBLK, 0) != 0 ||
	    filter(SYS_getppid, SECCOMP_RET_ALLOW, 0) != 0)
		return (probe_errno(errno, "seccomp"));
	return (
	    syscall(SYS_getppid) == -1 && errno == ENOTBLK
		? probe_ok("the stricter of two filters wins")
		: probe_wrong("a second filter opened what the first closed"));
}

#else
typedef int area_privilege_seccomp_is_empty_here;
#endif
