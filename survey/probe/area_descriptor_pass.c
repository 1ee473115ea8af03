/* Probes of the area descriptor: passing them, and who is at the other end. */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_descriptor.h"

#if defined(__FreeBSD__)
#include <sys/param.h>
#include <sys/ucred.h>
#endif

enum { FDS_MAX = 300, ROOM_1 = CMSG_SPACE(sizeof(int)) };

/* Room for FDS_MAX descriptors or one credential structure. */
union control {
	struct cmsghdr head;
	char data[CMSG_SPACE(FDS_MAX * sizeof(int)) + 256];
};

static int
send_fds(int sock, const int *fds, size_t n)
{
	union control c;
	struct iovec iov;
	struct msghdr m;
	char byte = 'x';

	memset(&c, 0, sizeof(c));
	memset(&m, 0, sizeof(m));
	iov.iov_base = &byte;
	iov.iov_len = 1;
	m.msg_iov = &iov;
	m.msg_iovlen = 1;
	m.msg_control = c.data;
	m.msg_controllen = (socklen_t)CMSG_SPACE(n * sizeof(int));
	c.head.cmsg_level = SOL_SOCKET;
	c.head.cmsg_type = SCM_RIGHTS;
	c.head.cmsg_len = (socklen_t)CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(&c.head), fds, n * sizeof(int));
	return ((int)sendmsg(sock, &m, 0));
}

/*
 * The number of descriptors that came; -1 with errno.  `room` is the size of
 * the control buffer, in bytes.
 */
static int
receive_fds(int sock, int *fds, size_t room, int flags, int *got_flags)
{
	struct cmsghdr *h;
	union control c;
	struct iovec iov;
	struct msghdr m;
	size_t n;
	char byte;

	memset(&c, 0, sizeof(c));
	memset(&m, 0, sizeof(m));
	iov.iov_base = &byte;
	iov.iov_len = 1;
	m.msg_iov = &iov;
	m.msg_iovlen = 1;
	m.msg_control = c.data;
	/* With less, FreeBSD truncates what would fit without padding. */
	m.msg_controllen = (socklen_t)CMSG_SPACE(room * sizeof(int));
	if (recvmsg(sock, &m, flags) < 0)
		return (-1);
	if (got_flags != NULL)
		*got_flags = m.msg_flags;
	h = CMSG_FIRSTHDR(&m);
	if (h == NULL || h->cmsg_type != SCM_RIGHTS)
		return (0);
	n = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(h), (n < room ? n : room) * sizeof(int));
	return ((int)n);
}

static int
pair(int type, int sv[2])
{
	return (socketpair(AF_UNIX, type, 0, sv));
}

static PROBE(pass_rights)
{
	struct stat a, b;
	int fd, got, sv[2];

	NEED_TRUE(probe_file("f", "x"));
	NEED(pair(SOCK_STREAM, sv));
	NEED(fd = open("f", O_RDONLY));
	NEED(send_fds(sv[0], &fd, 1));
	if (receive_fds(sv[1], &got, ROOM_1, 0, NULL) != 1)
		return (probe_wrong("nothing came"));
	NEED(fstat(fd, &a));
	NEED(fstat(got, &b));
	return (got != fd && a.st_ino == b.st_ino
		    ? probe_ok(NULL)
		    : probe_wrong("another file came"));
}

static PROBE(pass_cloexec)
{
#ifdef MSG_CMSG_CLOEXEC
	int fd = 0, plain, marked, sv[2];

	NEED(pair(SOCK_STREAM, sv));
	NEED(send_fds(sv[0], &fd, 1));
	NEED(send_fds(sv[0], &fd, 1));
	if (receive_fds(sv[1], &plain, ROOM_1, 0, NULL) != 1 ||
	    receive_fds(sv[1], &marked, ROOM_1, MSG_CMSG_CLOEXEC, NULL) != 1)
		return (probe_wrong("nothing came"));
	if ((fcntl(marked, F_GETFD) & FD_CLOEXEC) == 0)
		return (probe_wrong("not close-on-exec"));
	return (probe_ok("without the flag: %s",
	    (fcntl(plain, F_GETFD) & FD_CLOEXEC) != 0 ? "the same"
						      : "not marked"));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(pass_truncated)
{
	int fds[4] = { 0, 0, 0, 0 }, flags = 0, got[FDS_MAX], n, next, sv[2];

	/* What does not fit must be closed, not left in the table. */
	NEED(pair(SOCK_STREAM, sv));
	NEED(next = dup(0));
	NEED(close(next));
	NEED(send_fds(sv[0], fds, 4));
	NEED(n = receive_fds(sv[1], got, 2, 0, &flags));
	if ((flags & MSG_CTRUNC) == 0)
		return (probe_wrong("no MSG_CTRUNC, %d came", n));
	NEED(fds[0] = dup(0));
	if (fds[0] > next + n)
		return (probe_wrong(
		    "%d came, descriptors up to %d are used", n, fds[0] - 1));
	return (probe_ok("%d of 4 came", n));
}

static PROBE(pass_many)
{
	int fds[FDS_MAX], got[FDS_MAX], n, sv[2];

	/* Linux: 253 in a message (SCM_MAX_FD). */
	memset(fds, 0, sizeof(fds));
	NEED(pair(SOCK_STREAM, sv));
	NEED(send_fds(sv[0], fds, 253));
	NEED(n = receive_fds(
		 sv[1], got, CMSG_SPACE(FDS_MAX * sizeof(int)), 0, NULL));
	if (n != 253)
		return (probe_wrong("%d of 253 came", n));
	return (probe_ok("300 in one message: %s",
	    send_fds(sv[0], fds, FDS_MAX) == 0 || errno == EMSGSIZE
		? "accepted"
		: "refused"));
}

static PROBE(pass_in_flight)
{
	int got, p[2], sv[2];
	char c = 0;

	/* Sent and closed: the message alone keeps it open. */
	NEED(pair(SOCK_STREAM, sv));
	NEED(pipe(p));
	NEED(send_fds(sv[0], &p[0], 1));
	NEED(close(p[0]));
	NEED(write(p[1], "y", 1));
	if (receive_fds(sv[1], &got, ROOM_1, 0, NULL) != 1)
		return (probe_wrong("nothing came"));
	NEED(read(got, &c, 1));
	return (c == 'y' ? probe_ok(NULL) : probe_wrong("another pipe"));
}

static PROBE(pass_itself)
{
	int got, sv[2];

	NEED(pair(SOCK_STREAM, sv));
	NEED(send_fds(sv[0], &sv[1], 1));
	return (receive_fds(sv[1], &got, ROOM_1, 0, NULL) == 1
		    ? probe_ok("a socket travels through itself")
		    : probe_wrong("nothing came"));
}

static PROBE(pass_exact_room)
{
	int fd = 0, flags = 0, got, n, sv[2];

	/* Room for the data and not for the padding behind it. */
	NEED(pair(SOCK_STREAM, sv));
	NEED(send_fds(sv[0], &fd, 1));
	NEED(n = receive_fds(sv[1], &got, CMSG_LEN(sizeof(int)), 0, &flags));
	return (n == 1 && (flags & MSG_CTRUNC) == 0
		    ? probe_ok(NULL)
		    : probe_wrong(
			  "CMSG_LEN bytes are too few, CMSG_SPACE are not"));
}

#if defined(__linux__)
static PROBE(pass_peercred)
{
	struct ucred uc;
	socklen_t len = sizeof(uc);
	int sv[2];

	NEED(pair(SOCK_STREAM, sv));
	NEED(getsockopt(sv[0], SOL_SOCKET, SO_PEERCRED, &uc, &len));
	if (uc.pid != getpid() || uc.uid != geteuid() || uc.gid != getegid())
		return (probe_wrong("pid %d uid %u", (int)uc.pid, uc.uid));
	return (probe_ok(NULL));
}

static PROBE(pass_peerpidfd)
{
#ifdef SO_PEERPIDFD
	enum { OPTION = SO_PEERPIDFD };
#else
	enum { OPTION = 77 };
#endif
	socklen_t len = sizeof(int);
	int fd = -1, sv[2];

	NEED(pair(SOCK_STREAM, sv));
	if (getsockopt(sv[0], SOL_SOCKET, OPTION, &fd, &len) != 0)
		return (errno == ENOPROTOOPT
			    ? probe_absent("before Linux 6.5")
			    : probe_errno(errno, "getsockopt"));
	return (fd >= 0 ? probe_ok(NULL) : probe_wrong("no descriptor"));
}

static PROBE(pass_credentials)
{
	struct cmsghdr *h;
	union control c;
	struct iovec iov;
	struct msghdr m;
	struct ucred uc;
	int on = 1, sv[2];
	char byte = 'x';

	NEED(pair(SOCK_DGRAM, sv));
	NEED(setsockopt(sv[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	NEED(write(sv[0], &byte, 1));
	memset(&m, 0, sizeof(m));
	iov.iov_base = &byte;
	iov.iov_len = 1;
	m.msg_iov = &iov;
	m.msg_iovlen = 1;
	m.msg_control = c.data;
	m.msg_controllen = sizeof(c.data);
	NEED(recvmsg(sv[1], &m, 0));
	h = CMSG_FIRSTHDR(&m);
	if (h == NULL || h->cmsg_type != SCM_CREDENTIALS)
		return (probe_wrong("no credentials came"));
	memcpy(&uc, CMSG_DATA(h), sizeof(uc));
	return (uc.pid == getpid() ? probe_ok(NULL)
				   : probe_wrong("pid %d", (int)uc.pid));
}
#endif

#if defined(__FreeBSD__)
static PROBE(pass_local_peercred)
{
	struct xucred xu;
	socklen_t len = sizeof(xu);
	int sv[2];

	NEED(pair(SOCK_STREAM, sv));
	NEED(getsockopt(sv[0], SOL_LOCAL, LOCAL_PEERCRED, &xu, &len));
	if (xu.cr_version != XUCRED_VERSION || xu.cr_uid != geteuid())
		return (probe_wrong("uid %u", xu.cr_uid));
	if (xu.cr_pid != getpid())
		return (probe_wrong("pid %d", (int)xu.cr_pid));
	return (probe_ok(NULL));
}

static PROBE(pass_creds)
{
	struct cmsghdr *h;
	struct cmsgcred cc;
	union control c;
	struct iovec iov;
	struct msghdr m;
	int sv[2];
	char byte = 'x';

	NEED(pair(SOCK_STREAM, sv));
	memset(&c, 0, sizeof(c));
	memset(&m, 0, sizeof(m));
	iov.iov_base = &byte;
	iov.iov_len = 1;
	m.msg_iov = &iov;
	m.msg_iovlen = 1;
	m.msg_control = c.data;
	m.msg_controllen = CMSG_SPACE(sizeof(cc));
	c.head.cmsg_level = SOL_SOCKET;
	c.head.cmsg_type = SCM_CREDS;
	c.head.cmsg_len = CMSG_LEN(sizeof(cc));
	NEED(sendmsg(sv[0], &m, 0));
	m.msg_controllen = sizeof(c.data);
	NEED(recvmsg(sv[1], &m, 0));
	h = CMSG_FIRSTHDR(&m);
	if (h == NULL || h->cmsg_type != SCM_CREDS)
		return (probe_wrong("no credentials came"));
	memcpy(&cc, CMSG_DATA(h), sizeof(cc));
	/* The kernel fills them in, whatever was sent. */
	return (cc.cmcred_pid == getpid() && cc.cmcred_euid == geteuid()
		    ? probe_ok(NULL)
		    : probe_wrong("pid %d", (int)cc.cmcred_pid));
}
#endif

static PROBE(pass_getpeereid)
{
#if defined(__FreeBSD__)
	int sv[2];
	uid_t uid;
	gid_t gid;

	NEED(pair(SOCK_STREAM, sv));
	NEED(getpeereid(sv[0], &uid, &gid));
	return (uid == geteuid() ? probe_ok(NULL)
				 : probe_wrong("uid %u", (unsigned)uid));
#else
	return (probe_absent("not declared"));
#endif
}

/* Credentials are those of the connect, not of now. */
static PROBE(pass_cred_time)
{
#if defined(__linux__)
	struct ucred uc;
	socklen_t len = sizeof(uc);
	int sv[2];

	NEED(pair(SOCK_STREAM, sv));
	if (!util_drop_to(PROBE_OTHER_ID))
		return (probe_errno(errno, "setuid"));
	NEED(getsockopt(sv[0], SOL_SOCKET, SO_PEERCRED, &uc, &len));
	return (uc.uid == 0 ? probe_ok(NULL) : probe_wrong("uid %u", uc.uid));
#elif defined(__FreeBSD__)
	uid_t uid;
	gid_t gid;
	int sv[2];

	NEED(pair(SOCK_STREAM, sv));
	if (!util_drop_to(PROBE_OTHER_ID))
		return (probe_errno(errno, "setuid"));
	NEED(getpeereid(sv[0], &uid, &gid));
	return (
	    uid == 0 ? probe_ok(NULL) : probe_wrong("uid %u", (unsigned)uid));
#endif
}

/* clang-format off */
static const struct probe rows[] = {
	ROW("descriptor.scm-rights", "SCM_RIGHTS",
	    "a descriptor travels through a socket", pass_rights, 0),
	ROW("descriptor.scm-cloexec", "semantic:scm-rights-cloexec",
	    "MSG_CMSG_CLOEXEC marks what comes", pass_cloexec, 0),
	ROW("descriptor.scm-truncated", "SCM_RIGHTS",
	    "what does not fit is closed, and MSG_CTRUNC says so",
	    pass_truncated, 0),
	ROW("descriptor.scm-many", "SCM_RIGHTS",
	    "253 descriptors in one message", pass_many, 0),
	ROW("descriptor.scm-in-flight", "SCM_RIGHTS",
	    "a message keeps a closed descriptor open", pass_in_flight, 0),
	ROW("descriptor.scm-itself", "SCM_RIGHTS",
	    "a socket travels through itself", pass_itself, 0),
	ROW("descriptor.scm-exact-room", "SCM_RIGHTS",
	    "a control buffer of CMSG_LEN bytes is enough",
	    pass_exact_room, 0),
	ROW("descriptor.so-peercred", "SO_PEERCRED",
	    "who is at the other end", ON_LINUX(pass_peercred), 0),
	ROW("descriptor.so-peerpidfd", "SO_PEERPIDFD",
	    "and a descriptor of that process",
	    ON_LINUX(pass_peerpidfd), 0),
	ROW("descriptor.scm-credentials", "SCM_CREDENTIALS",
	    "each message says who sent it", ON_LINUX(pass_credentials), 0),
	ROW("descriptor.local-peercred", "LOCAL_PEERCRED",
	    "who is at the other end", ON_FREEBSD(pass_local_peercred), 0),
	ROW("descriptor.scm-creds", "SCM_CREDS",
	    "a message says who sent it", ON_FREEBSD(pass_creds), 0),
	ROW("descriptor.getpeereid", "getpeereid",
	    "ids of the other end", pass_getpeereid, 0),
	ROW("descriptor.peer-at-connect", "SO_PEERCRED",
	    "the other end's ids are those of the connect",
	    pass_cred_time, PROBE_ROOT),
};
/* clang-format on */

const struct probe_area probe_area_descriptor_pass = { ISTH_AREA_DESCRIPTOR,
	rows, UTIL_COUNT(rows) };
