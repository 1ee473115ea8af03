/* Probes of the area process: sessions, groups, orphans, and kill. */
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "survey/probe/area_process.h"

/* Beside PROBE_OTHER_ID, which other probes may be at the same time. */
enum { LONELY_ID = PROBE_OTHER_ID - 1 };

static PROBE(session_setsid)
{
	pid_t pid;
	int status;

	/* The probe's process leads a session: it cannot make one. */
	NEED_REFUSAL(setsid(), EPERM);
	NEED(pid = fork());
	if (pid == 0)
		_exit(setsid() == getpid() && getsid(0) == getpid() &&
			      getpgrp() == getpid()
			  ? 0
			  : 1);
	NEED(status = process_status(pid));
	return (status == 0 ? probe_ok(NULL)
			    : probe_wrong("the child does not lead"));
}

static PROBE(session_setpgid_after_exec)
{
	char name[] = "cat";
	char *argv[] = { name, NULL };
	int in[2], out[2], err;
	pid_t pid;
	char c;

	NEED(pipe(in));
	NEED(pipe(out));
	NEED(pid = fork());
	if (pid == 0) {
		(void)dup2(in[0], STDIN_FILENO);
		(void)dup2(out[1], STDOUT_FILENO);
		(void)execv("/bin/cat", argv);
		_exit(1);
	}
	/* What it repeats shows that it runs. */
	NEED(write(in[1], "x", 1));
	NEED(read(out[0], &c, 1));
	err = setpgid(pid, pid) == 0 ? 0 : errno;
	process_finish(pid);
	if (err != EACCES)
		return (probe_wrong("errno %d, not EACCES", err));
	return (probe_ok(NULL));
}

static PROBE(session_setpgid_foreign)
{
	pid_t pid;
	int err, status;

	/* A group of another session cannot be joined. */
	NEED(pid = fork());
	if (pid == 0) {
		(void)setsid();
		_exit(setpgid(0, getppid()) == 0 ? 0 : errno);
	}
	NEED(status = process_status(pid));
	err = WEXITSTATUS(status);
	return (err == EPERM ? probe_ok(NULL)
			     : probe_wrong("errno %d, not EPERM", err));
}

/* The slave of a new terminal, as our controlling one; -1 with errno. */
static int
own_terminal(int *master)
{
	const char *name;
	int fd;

	*master = posix_openpt(O_RDWR | O_NOCTTY);
	if (*master < 0 || grantpt(*master) != 0 || unlockpt(*master) != 0)
		return (-1);
	name = ptsname(*master);
	fd = name == NULL ? -1 : open(name, O_RDWR | O_NOCTTY);
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) != 0)
		return (-1);
	return (fd);
}

static PROBE(session_terminal)
{
	int fd, master;

	NEED(fd = own_terminal(&master));
	if (tcgetsid(fd) != getpid())
		return (probe_wrong("the terminal is of another session"));
	if (tcgetpgrp(fd) != getpgrp())
		return (probe_wrong("we are not in the foreground"));
	return (probe_ok(NULL));
}

static PROBE(session_foreground)
{
	int fd, master, status;
	pid_t pid;

	NEED(fd = own_terminal(&master));
	NEED(pid = fork());
	if (pid == 0) {
		/* A background process that takes the terminal is stopped. */
		(void)setpgid(0, 0);
		(void)tcsetpgrp(fd, getpgrp());
		_exit(0);
	}
	NEED(waitpid(pid, &status, WUNTRACED));
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTTOU)
		return (probe_wrong("wait status %#x, no SIGTTOU", status));
	NEED(tcsetpgrp(fd, pid));
	if (tcgetpgrp(fd) != pid)
		return (probe_wrong("tcsetpgrp did nothing"));
	process_finish(pid);
	return (probe_ok(NULL));
}

static volatile sig_atomic_t hangups;

static void
on_hangup(int sig)
{
	(void)sig;
	hangups++;
}

static PROBE(session_hangup)
{
	sigset_t set, old;
	int fd, master;
	struct timespec ts = { 0, 500000000 };
	siginfo_t si;

	(void)signal(SIGHUP, on_hangup);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGHUP);
	NEED(sigprocmask(SIG_BLOCK, &set, &old));
	NEED(fd = own_terminal(&master));
	(void)close(master);
	if (sigtimedwait(&set, &si, &ts) != SIGHUP)
		return (probe_wrong("no SIGHUP for the session's leader"));
	return (probe_ok(NULL));
}

/* Reads what a grandchild wrote; 0 at the end of file. */
static int
read_int(int fd)
{
	int value = 0;

	return (read(fd, &value, sizeof(value)) == (ssize_t)sizeof(value)
		    ? value
		    : 0);
}

static void
write_int(int fd, int value)
{
	(void)!write(fd, &value, sizeof(value));
}

static PROBE(session_orphaned_hup)
{
	struct timespec ts = { 0, 500000000 };
	sigset_t set;
	int p[2], got;
	siginfo_t si;
	pid_t pid;

	NEED(pipe(p));
	NEED(pid = fork());
	if (pid == 0) {
		/* Session leader > group with a stopped process: orphaned. */
		(void)setpgid(0, 0);
		pid = fork();
		if (pid == 0) {
			(void)sigemptyset(&set);
			(void)sigaddset(&set, SIGHUP);
			(void)sigprocmask(SIG_BLOCK, &set, NULL);
			(void)raise(SIGSTOP);
			write_int(p[1],
			    sigtimedwait(&set, &si, &ts) == SIGHUP ? 1 : 2);
			_exit(0);
		}
		(void)waitpid(pid, NULL, WUNTRACED);
		_exit(0);
	}
	(void)close(p[1]);
	NEED(process_status(pid));
	/* Only SIGCONT, which comes with the SIGHUP, lets it write. */
	if (!row_readable(p[0], 500))
		return (probe_wrong("a stopped orphan stays stopped"));
	got = read_int(p[0]);
	return (got == 1 ? probe_ok(NULL) : probe_wrong("SIGCONT alone"));
}

static PROBE(session_orphan_parent)
{
	int p[2], parent, go[2];
	pid_t pid;

	NEED(pipe(p));
	NEED(pipe(go));
	NEED(pid = fork());
	if (pid == 0) {
		if (fork() == 0) {
			(void)close(go[1]);
			(void)read_int(go[0]);
			write_int(p[1], getppid());
			_exit(0);
		}
		_exit(0);
	}
	NEED(process_status(pid));
	(void)close(go[1]);
	parent = read_int(p[0]);
	/* The runner has made itself reaper of its descendants. */
	if (parent == getppid())
		return (probe_ok("the nearest reaper, not init"));
	if (parent == 1)
		return (probe_wrong("init, although a reaper is nearer"));
	return (probe_wrong("process %d", parent));
}

static PROBE(session_killpg)
{
	pid_t a, b;
	int sa, sb;

	NEED(a = process_sleeper());
	NEED(setpgid(a, a));
	NEED(b = process_sleeper());
	NEED(setpgid(b, a));
	NEED(killpg(a, SIGTERM));
	NEED(sa = process_status(a));
	NEED(sb = process_status(b));
	if (!WIFSIGNALED(sa) || !WIFSIGNALED(sb))
		return (probe_wrong("one of two survived"));
	return (probe_ok(NULL));
}

static PROBE(session_kill_zombie)
{
	siginfo_t si;
	pid_t pid;

	/* A zombie is still somebody: kill succeeds. */
	NEED(pid = fork());
	if (pid == 0)
		_exit(0);
	NEED(waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT));
	if (kill(pid, 0) != 0)
		return (probe_wrong("errno %d for a zombie", errno));
	NEED(process_status(pid));
	NEED_REFUSAL(kill(pid, 0), ESRCH);
	return (probe_ok(NULL));
}

static PROBE(session_kill_foreign)
{
	if (!util_drop_to(PROBE_OTHER_ID))
		return (probe_errno(errno, "setuid"));
	NEED_REFUSAL(kill(1, 0), EPERM);
	return (probe_ok(NULL));
}

/* Whether anybody has that user id; true when it cannot be told. */
static bool
id_in_use(uid_t uid)
{
#if defined(__linux__)
	struct dirent *d;
	struct stat st;
	bool used = false;
	DIR *dir;

	/* kill(-1, 0) succeeds whatever there is to kill. */
	dir = opendir("/proc");
	if (dir == NULL)
		return (true);
	while ((d = readdir(dir)) != NULL) {
		if (atol(d->d_name) > 0 && atol(d->d_name) != getpid() &&
		    fstatat(dirfd(dir), d->d_name, &st, 0) == 0 &&
		    st.st_uid == uid)
			used = true;
	}
	(void)closedir(dir);
	return (used);
#else
	(void)uid;
	return (kill(-1, 0) == 0);
#endif
}

/* How the daemons empty a build user: kill(-1) as that user. */
static PROBE(session_kill_all)
{
	pid_t pid;
	int status;

	if (!util_drop_to(LONELY_ID))
		return (probe_errno(errno, "setuid"));
	if (id_in_use(LONELY_ID))
		return (util_skip("somebody else has user id %d", LONELY_ID));
	NEED(pid = process_sleeper());
	NEED(kill(-1, SIGKILL));
	NEED(status = process_status(pid));
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		return (probe_wrong("wait status %#x", status));
	return (probe_ok("the caller itself is spared"));
}

static PROBE(session_daemon)
{
	int p[2], sid;
	pid_t pid;

	NEED(pipe(p));
	NEED(pid = fork());
	if (pid == 0) {
		if (daemon(0, 0) == 0)
			write_int(p[1], getsid(0));
		_exit(0);
	}
	(void)close(p[1]);
	NEED(process_status(pid));
	sid = read_int(p[0]);
	if (sid == 0 || sid == getsid(0))
		return (probe_wrong("no session of its own"));
	return (probe_ok(NULL));
}

/* clang-format off */
static const struct probe rows[] = {
	ROW("process.setsid", "setsid",
	    "a group leader is refused, another leads all",
	    session_setsid, 0),
	ROW("process.setpgid-after-exec", "setpgid",
	    "a child's group is fixed once it has run a program",
	    session_setpgid_after_exec, 0),
	ROW("process.setpgid-foreign", "setpgid",
	    "a group of another session is closed",
	    session_setpgid_foreign, 0),
	ROW("process.controlling-terminal", "posix_openpt",
	    "a session leader takes a terminal", session_terminal, 0),
	ROW("process.foreground-group", "posix_openpt",
	    "the background is stopped, tcsetpgrp changes it",
	    session_foreground, 0),
	ROW("process.terminal-hangup", "posix_openpt",
	    "closing the master sends SIGHUP", session_hangup, 0),
	ROW("process.orphaned-group", "semantic:orphaned-pgrp-hup",
	    "a stopped process of an orphaned group gets SIGHUP and SIGCONT",
	    session_orphaned_hup, 0),
	ROW("process.orphan-parent", "semantic:subreaper-adopts",
	    "an orphan's parent is the nearest reaper",
	    session_orphan_parent, 0),
	ROW("process.killpg", "killpg",
	    "a signal reaches the whole group", session_killpg, 0),
	ROW("process.kill-zombie", "kill",
	    "a zombie still counts as a process", session_kill_zombie, 0),
	ROW("process.kill-foreign", "kill",
	    "another user's process is refused with EPERM",
	    session_kill_foreign, 0),
	ROW("process.kill-all", "semantic:build-user-kill",
	    "kill(-1) of a build user ends its processes",
	    session_kill_all, PROBE_ROOT),
	ROW("process.daemon", "daemon",
	    "daemon(3) makes a session of its own", session_daemon, 0),
};
/* clang-format on */

const struct probe_area probe_area_process_session = { ISTH_AREA_PROCESS, rows,
	UTIL_COUNT(rows) };
