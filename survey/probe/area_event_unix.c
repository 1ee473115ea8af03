/* Unix sockets, FIFOs, pipes and terminals: talking on one machine. */
#include <sys/param.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#if defined(__FreeBSD__)
#include <sys/ucred.h>
#endif

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "survey/probe/area_event.h"

/*
 * Linux: a name that begins with NUL is no file.  FreeBSD: it is a path,
 * and empty.
 */
PROBE(ux_abstract)
{
	struct sockaddr_un un;
	socklen_t len;
	int client, listener;

	memset(&un, 0, sizeof(un));
	un.sun_family = AF_UNIX;
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			  (size_t)snprintf(un.sun_path + 1,
			      sizeof(un.sun_path) - 1, "isthmus-probe-%ld",
			      (long)getpid()));
	NEED(listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	NEED(client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	if (bind(listener, (struct sockaddr *)&un, len) != 0)
		return (probe_absent("bind: %s", strerror(errno)));
	NEED(listen(listener, 1));
	if (connect(client, (struct sockaddr *)&un, len) != 0)
		return (
		    probe_wrong("bound, but connect says %s", strerror(errno)));
	return (probe_ok(NULL));
}

PROBE(ux_autobind)
{
	struct sockaddr_un un;
	socklen_t len = sizeof(un);
	int fd;

	memset(&un, 0, sizeof(un));
	un.sun_family = AF_UNIX;
	NEED(fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	if (bind(fd, (struct sockaddr *)&un, sizeof(sa_family_t)) != 0)
		return (probe_absent("bind: %s", strerror(errno)));
	NEED(getsockname(fd, (struct sockaddr *)&un, &len));
	return (len > sizeof(sa_family_t) ? probe_ok(NULL)
					  : probe_wrong("no name was given"));
}

PROBE(ux_path_length)
{
	struct sockaddr_un un;
	int fd;

	memset(&un, 0, sizeof(un));
	un.sun_family = AF_UNIX;
	memset(un.sun_path, 's', sizeof(un.sun_path) - 1);
	NEED(fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	NEED(bind(fd, (struct sockaddr *)&un, sizeof(un)));
	if (sizeof(un.sun_path) < 108)
		return (row_unsupported(
		    "sun_path has %zu bytes", sizeof(un.sun_path)));
	return (probe_ok("sun_path has %zu bytes", sizeof(un.sun_path)));
}

PROBE(ux_bind_exists)
{
	int fd;

	NEED(fd = util_unix_listen("s"));
	NEED(close(fd));
	NEED_REFUSAL(util_unix_listen("s"), EADDRINUSE);
	NEED_REFUSAL(util_unix_connect("s"), ECONNREFUSED);
	return (probe_ok("a name outlives its socket"));
}

/* The mode of a socket's name decides who may connect. */
PROBE(ux_mode)
{
	NEED_OTHER_USER();
	NEED(util_unix_listen("s"));
	NEED(chmod("s", 0600));
	NEED(chmod(".", 0755));
	NEED_TRUE(util_drop_to(PROBE_OTHER_ID));
	return (util_refused(util_unix_connect("s"), 0,
	    "connect to another's socket of mode 0600"));
}

PROBE(ux_fchmod)
{
	struct sockaddr_un un;
	struct stat st;
	int fd;

	memset(&un, 0, sizeof(un));
	un.sun_family = AF_UNIX;
	un.sun_path[0] = 's';
	un.sun_path[1] = '\0';
	(void)umask(022);
	NEED(fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	if (fchmod(fd, 0700) != 0)
		return (row_unsupported("fchmod: %s", strerror(errno)));
	NEED(bind(fd, (struct sockaddr *)&un, sizeof(un)));
	NEED(lstat("s", &st));
	return ((st.st_mode & 0777) == 0700 ? probe_ok(NULL)
					    : probe_wrong("mode %o after it",
						  (unsigned)st.st_mode & 0777));
}

PROBE(ux_socketpair)
{
	char c = 0;
	int fd[2];

	NEED(socketpair(
	    AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fd));
	if ((fcntl(fd[0], F_GETFD) & FD_CLOEXEC) == 0 ||
	    (fcntl(fd[1], F_GETFL) & O_NONBLOCK) == 0)
		return (probe_wrong("without its flags"));
	NEED(write(fd[0], "a", 1));
	NEED(read(fd[1], &c, 1));
	return (c == 'a' ? probe_ok(NULL) : probe_wrong("another byte"));
}

/* True when two messages stay two, and a short read loses what is left. */
static bool
apart(int fd[2], int flags)
{
	char buf[16];

	return (send(fd[0], "first", 5, flags) == 5 &&
		send(fd[0], "2nd", 3, flags) == 3 &&
		recv(fd[1], buf, 2, 0) == 2 &&
		recv(fd[1], buf, sizeof(buf), 0) == 3);
}

PROBE(ux_seqpacket)
{
	char buf[16];
	int fd[2];

	NEED(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd));
	if (!apart(fd, 0)) {
		NEED(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd));
		return (row_unsupported("messages %s",
		    apart(fd, MSG_EOR) ? "without MSG_EOR run into each other"
				       : "are not cut by a short read"));
	}
	NEED(close(fd[0]));
	return (recv(fd[1], buf, sizeof(buf), 0) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("no end of file"));
}

PROBE(ux_seqpacket_eor)
{
	char buf[16];
	int fd[2];

	NEED(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd));
	NEED(send(fd[0], "first", 5, MSG_EOR));
	NEED(send(fd[0], "2nd", 3, MSG_EOR));
	if (recv(fd[1], buf, sizeof(buf), 0) != 5 ||
	    recv(fd[1], buf, sizeof(buf), 0) != 3)
		return (probe_wrong("messages run into each other"));
	return (probe_ok(NULL));
}

PROBE(ux_dgram)
{
	int fd[2];

	NEED(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fd));
	return (apart(fd, 0) ? probe_ok(NULL)
			     : probe_wrong("messages run into each other"));
}

#if defined(__linux__)

PROBE(ux_peercred)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	int fd[2];

	NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	NEED(getsockopt(fd[0], SOL_SOCKET, SO_PEERCRED, &cred, &len));
	return (cred.pid == getpid() && cred.uid == geteuid()
		    ? probe_ok("with the process id")
		    : probe_wrong("process %d", (int)cred.pid));
}

PROBE(ux_peerpidfd)
{
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* 6.5 */
#endif
	socklen_t len = sizeof(int);
	int fd[2], pidfd;

	NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	if (getsockopt(fd[0], SOL_SOCKET, SO_PEERPIDFD, &pidfd, &len) != 0)
		return (errno == ENOPROTOOPT
			    ? probe_absent("ENOPROTOOPT")
			    : probe_errno(errno, "SO_PEERPIDFD"));
	return (probe_ok(NULL));
}

PROBE(ux_passcred)
{
	union {
		struct cmsghdr h;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec iov;
	struct msghdr m;
	struct ucred cred;
	char c;
	int fd[2], on = 1;

	memset(&m, 0, sizeof(m));
	iov = (struct iovec){ &c, 1 };
	m.msg_iov = &iov;
	m.msg_iovlen = 1;
	m.msg_control = &control;
	m.msg_controllen = sizeof(control);
	NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	NEED(setsockopt(fd[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	NEED(write(fd[0], "a", 1));
	NEED(recvmsg(fd[1], &m, 0));
	if (m.msg_controllen == 0 || control.h.cmsg_type != SCM_CREDENTIALS)
		return (probe_wrong("no credentials came along"));
	memcpy(&cred, CMSG_DATA(&control.h), sizeof(cred));
	return (cred.pid == getpid()
		    ? probe_ok(NULL)
		    : probe_wrong("process %d", (int)cred.pid));
}

#elif defined(__FreeBSD__)

PROBE(ux_local_peercred)
{
	struct xucred cred;
	socklen_t len = sizeof(cred);
	int fd[2];

	memset(&cred, 0, sizeof(cred));
	NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	NEED(getsockopt(fd[0], SOL_LOCAL, LOCAL_PEERCRED, &cred, &len));
	if (cred.cr_version != XUCRED_VERSION || cred.cr_uid != geteuid())
		return (probe_wrong("user %u", (unsigned)cred.cr_uid));
	return (cred.cr_pid == getpid()
		    ? probe_ok("with the process id")
		    : probe_wrong("process %d", (int)cred.cr_pid));
}

PROBE(ux_getpeereid)
{
	int fd[2];
	uid_t uid;
	gid_t gid;

	NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	NEED(getpeereid(fd[0], &uid, &gid));
	return (uid == geteuid() && gid == getegid()
		    ? probe_ok(NULL)
		    : probe_wrong("user %u", (unsigned)uid));
}

PROBE(ux_local_creds)
{
	union {
		struct cmsghdr h;
		char space[CMSG_SPACE(SOCKCRED2SIZE(CMGROUP_MAX))];
	} control;
	struct sockcred2 cred;
	struct iovec iov;
	struct msghdr m;
	char c;
	int fd[2], i, on = 1;

	NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	NEED(setsockopt(
	    fd[1], SOL_LOCAL, LOCAL_CREDS_PERSISTENT, &on, sizeof(on)));
	/* With every message, not with the first alone. */
	for (i = 0; i < 2; i++) {
		memset(&m, 0, sizeof(m));
		iov = (struct iovec){ &c, 1 };
		m.msg_iov = &iov;
		m.msg_iovlen = 1;
		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
		NEED(write(fd[0], "a", 1));
		NEED(recvmsg(fd[1], &m, 0));
		if (m.msg_controllen == 0 || control.h.cmsg_type != SCM_CREDS2)
			return (probe_wrong("none with message %d", i + 1));
		memcpy(&cred, CMSG_DATA(&control.h), sizeof(cred));
		if (cred.sc_pid != getpid())
			return (probe_wrong("process %d", (int)cred.sc_pid));
	}
	return (probe_ok(NULL));
}

#endif

PROBE(ux_sigpipe)
{
	int fd[2];

	(void)signal(SIGPIPE, row_on_signal);
	NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	NEED(close(fd[1]));
	NEED_REFUSAL(send(fd[0], "a", 1, MSG_NOSIGNAL), EPIPE);
	if (row_signals != 0)
		return (probe_wrong("SIGPIPE in spite of MSG_NOSIGNAL"));
	NEED_REFUSAL(send(fd[0], "a", 1, 0), EPIPE);
	return (row_signals == 1 ? probe_ok(NULL)
				 : probe_wrong("no SIGPIPE without it"));
}

PROBE(ux_fifo_rdwr)
{
	char c = 0;
	int fd;

	NEED(mkfifo("fifo", 0600));
	NEED(fd = open("fifo", O_RDWR | O_NONBLOCK | O_CLOEXEC));
	NEED(write(fd, "a", 1));
	NEED(read(fd, &c, 1));
	return (c == 'a' ? probe_ok(NULL) : probe_wrong("another byte"));
}

PROBE(ux_pipe_capacity)
{
	char block[1024] = { 0 };
	ssize_t n;
	long total = 0;
	int fd[2];

	NEED(pipe2(fd, O_NONBLOCK | O_CLOEXEC));
	while ((n = write(fd[1], block, sizeof(block))) > 0 && total < 16 << 20)
		total += n;
	return (total >= 65536 ? probe_ok("%ld bytes", total)
			       : row_unsupported("%ld bytes", total));
}

PROBE(ux_pipe_size)
{
#ifdef F_SETPIPE_SZ
	int fd[2];

	NEED(pipe2(fd, O_NONBLOCK | O_CLOEXEC));
	NEED(fcntl(fd[1], F_SETPIPE_SZ, 131072));
	return (fcntl(fd[0], F_GETPIPE_SZ) == 131072
		    ? probe_ok(NULL)
		    : probe_wrong("it is %d", fcntl(fd[0], F_GETPIPE_SZ)));
#else
	return (probe_absent("F_SETPIPE_SZ is not declared"));
#endif
}

PROBE(ux_pipe_packets)
{
	char buf[8];
	int fd[2];

	/* FreeBSD's pipe2 does not know O_DIRECT. */
	if (pipe2(fd, O_DIRECT | O_NONBLOCK) != 0)
		return (
		    row_unsupported("pipe2(O_DIRECT): %s", strerror(errno)));
	NEED(write(fd[1], "ab", 2));
	NEED(write(fd[1], "c", 1));
	return (read(fd[0], buf, sizeof(buf)) == 2
		    ? probe_ok(NULL)
		    : probe_wrong("packets run into each other"));
}

PROBE(ux_pipe_both_ways)
{
	char c = 0;
	int fd[2];

	NEED(pipe2(fd, O_NONBLOCK | O_CLOEXEC));
	if (write(fd[0], "a", 1) != 1)
		return (row_unsupported("one way: %s", strerror(errno)));
	NEED(read(fd[1], &c, 1));
	return (probe_ok("both ways"));
}

/* A new pseudo-terminal, both ends open. */
static bool
pty(int *master, int *slave)
{
	const char *name;

	*master = posix_openpt(O_RDWR | O_NOCTTY);
	if (*master < 0 || grantpt(*master) != 0 || unlockpt(*master) != 0 ||
	    (name = ptsname(*master)) == NULL)
		return (false);
	*slave = open(name, O_RDWR | O_NOCTTY);
	return (*slave >= 0);
}

PROBE(ux_pty)
{
	struct termios t;
	char buf[8];
	int master, slave;

	NEED_TRUE(pty(&master, &slave));
	NEED(tcgetattr(slave, &t));
	t.c_oflag |= OPOST | ONLCR;
	NEED(tcsetattr(slave, TCSANOW, &t));
	NEED(write(slave, "a\n", 2));
	if (!row_readable(master, 1000) ||
	    read(master, buf, sizeof(buf)) != 3 || buf[1] != '\r')
		return (probe_wrong("no \\r before \\n"));
	return (probe_ok(NULL));
}

PROBE(ux_pty_controlling)
{
	int master, slave;
	pid_t pid;

	NEED_TRUE(pty(&master, &slave));
	NEED(pid = fork());
	if (pid == 0) {
		if (setsid() < 0 || ioctl(slave, TIOCSCTTY, 0) != 0)
			_exit(1);
		(void)signal(SIGINT, SIG_DFL);
		if (write(slave, "!", 1) != 1)
			_exit(2);
		for (;;)
			(void)pause();
	}
	/* ^C at the terminal ends what is in front. */
	if (row_readable(master, 1000))
		NEED(write(master, "\003", 1));
	else
		(void)kill(pid, SIGKILL);
	return (util_wait(pid) == -SIGINT
		    ? probe_ok(NULL)
		    : probe_wrong("^C did not reach the session"));
}

PROBE(ux_pty_hangup)
{
	char c;
	int master, slave;
	ssize_t n;

	NEED_TRUE(pty(&master, &slave));
	NEED(close(slave));
	n = read(master, &c, 1);
	if (n == 0)
		return (probe_ok("end of file"));
	return (errno == EIO ? probe_ok("EIO") : probe_errno(errno, "read"));
}

/* Typing into a terminal from inside: an attack on who owns it. */
PROBE(ux_tiocsti)
{
#ifdef TIOCSTI
	int master, slave;
	char c = 'x';

	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	NEED_TRUE(pty(&master, &slave));
	if (setsid() < 0 && getsid(0) != getpid())
		return (probe_errno(errno, "setsid"));
	NEED(ioctl(slave, TIOCSCTTY, 0));
	if (ioctl(slave, TIOCSTI, &c) == 0)
		return (probe_ok("a user may type into a terminal"));
	return (probe_state(
	    errno == EIO ? ISTH_STATE_DENIED : probe_errno(errno, NULL).state,
	    errno, "TIOCSTI"));
#else
	return (probe_absent("TIOCSTI is not declared"));
#endif
}
