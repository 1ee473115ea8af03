/*
 * Internet sockets, on the loopback interface alone: no packet leaves the
 * machine.
 */
#include <sys/param.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_network.h"

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* The loopback address of a family, port 0; its length. */
static socklen_t
loopback(int family, union address *a)
{
	memset(a, 0, sizeof(*a));
	if (family == AF_INET6) {
		a->in6.sin6_family = AF_INET6;
		a->in6.sin6_addr = in6addr_loopback;
		return (sizeof(a->in6));
	}
	a->in.sin_family = AF_INET;
	a->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return (sizeof(a->in));
}

/* A socket bound to a free port of loopback, and its address; or -1. */
static int
bound(int family, int type, union address *a)
{
	socklen_t len;
	int fd;

	len = loopback(family, a);
	fd = socket(family, type | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, &a->sa, len) != 0 ||
	    getsockname(fd, &a->sa, &len) != 0)
		return (-1);
	return (fd);
}

/* A connected pair of TCP sockets; false with errno. */
static bool
connected(int family, int fd[2])
{
	union address a;
	int listener;

	listener = bound(family, SOCK_STREAM, &a);
	if (listener < 0 || listen(listener, 1) != 0)
		return (false);
	fd[0] = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd[0] < 0 ||
	    connect(fd[0], &a.sa,
		family == AF_INET6 ? sizeof(a.in6) : sizeof(a.in)) != 0)
		return (false);
	fd[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	(void)close(listener);
	return (fd[1] >= 0);
}

static struct probe_answer
tcp(int family)
{
	char buf[4] = "";
	int fd[2];

	if (!connected(family, fd))
		return (errno == EADDRNOTAVAIL
			    ? row_unsupported("loopback has no such address")
			    : probe_errno(errno, "connect over loopback"));
	NEED(send(fd[0], "ping", 4, 0));
	NEED(recv(fd[1], buf, 4, MSG_WAITALL));
	return (memcmp(buf, "ping", 4) == 0 ? probe_ok(NULL)
					    : probe_wrong("other bytes"));
}

PROBE(nt_tcp4)
{
	NEED_LOOPBACK();
	return (tcp(AF_INET));
}

PROBE(nt_tcp6)
{
	return (tcp(AF_INET6));
}

PROBE(nt_udp)
{
	union address a;
	char buf[4] = "";
	int from, to;

	NEED_LOOPBACK();
	NEED(to = bound(AF_INET, SOCK_DGRAM, &a));
	NEED(from = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	NEED(sendto(from, "ping", 4, 0, &a.sa, sizeof(a.in)));
	if (!row_readable(to, 1000))
		return (probe_wrong("the datagram did not arrive"));
	NEED(recv(to, buf, 4, 0));
	return (memcmp(buf, "ping", 4) == 0 ? probe_ok(NULL)
					    : probe_wrong("other bytes"));
}

PROBE(nt_refused)
{
	union address a;
	int closed, fd;

	NEED_LOOPBACK();
	NEED(closed = bound(AF_INET, SOCK_STREAM, &a));
	NEED(close(closed));
	NEED(fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	NEED_REFUSAL(connect(fd, &a.sa, sizeof(a.in)), ECONNREFUSED);
	return (probe_ok(NULL));
}

PROBE(nt_nonblock_connect)
{
	union address a;
	socklen_t len = sizeof(int);
	struct pollfd p;
	int err = -1, listener;

	NEED_LOOPBACK();
	NEED(listener = bound(AF_INET, SOCK_STREAM, &a));
	NEED(listen(listener, 1));
	NEED(p.fd = socket(
		 AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
	if (connect(p.fd, &a.sa, sizeof(a.in)) != 0 && errno != EINPROGRESS)
		return (probe_errno(errno, "connect"));
	p.events = POLLOUT;
	if (poll(&p, 1, 1000) != 1)
		return (probe_wrong("it does not become writable"));
	NEED(getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &err, &len));
	return (err == 0 ? probe_ok(NULL) : probe_errno(err, "SO_ERROR"));
}

/* Two sockets that both listen on one port, by `option`. */
static struct probe_answer
listen_twice(int option)
{
	union address a;
	socklen_t len;
	int fd[2], i, on = 1;

	len = loopback(AF_INET, &a);
	for (i = 0; i < 2; i++) {
		NEED(fd[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
		NEED(setsockopt(fd[i], SOL_SOCKET, option, &on, sizeof(on)));
		NEED(bind(fd[i], &a.sa, len));
		NEED(getsockname(fd[i], &a.sa, &len));
		NEED(listen(fd[i], 16));
	}
	return (probe_ok(NULL));
}

PROBE(nt_reuseport)
{
	return (listen_twice(SO_REUSEPORT));
}

PROBE(nt_reuseport_lb)
{
#ifdef SO_REUSEPORT_LB
	return (listen_twice(SO_REUSEPORT_LB));
#else
	return (probe_absent("SO_REUSEPORT_LB is not declared"));
#endif
}

PROBE(nt_address_in_use)
{
	union address a;
	int fd;

	NEED(fd = bound(AF_INET, SOCK_STREAM, &a));
	NEED(listen(fd, 1));
	NEED(fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	NEED_REFUSAL(bind(fd, &a.sa, sizeof(a.in)), EADDRINUSE);
	return (probe_ok(NULL));
}

PROBE(nt_low_port)
{
	union address a;
	socklen_t len;
	int fd;

	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	len = loopback(AF_INET, &a);
	a.in.sin_port = htons(1);
	NEED(fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	return (util_refused(bind(fd, &a.sa, len), 0, "bind to port 1"));
}

/* Who gets 127.0.0.2: all of 127/8, or what the interface was given. */
PROBE(nt_loopback_net)
{
	union address a;
	socklen_t len;
	int fd;

	len = loopback(AF_INET, &a);
	a.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
	NEED(fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	if (bind(fd, &a.sa, len) == 0)
		return (probe_ok("127.0.0.2 is there"));
	return (errno == EADDRNOTAVAIL ? row_unsupported("127.0.0.1 alone")
				       : probe_errno(errno, "bind"));
}

PROBE(nt_v6only)
{
	socklen_t len = sizeof(int);
	int fd, only = -1;

	NEED(fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
	NEED(getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &len));
	return (only == 0 ? probe_ok("off: a socket serves IPv4, too")
			  : row_unsupported("on: a socket serves IPv6 alone"));
}

PROBE(nt_mapped)
{
	union address a, four;
	socklen_t len = sizeof(a.in6);
	int client, fd, off = 0;

	NEED_LOOPBACK();
	memset(&a, 0, sizeof(a));
	a.in6.sin6_family = AF_INET6;
	NEED(inet_pton(AF_INET6, "::ffff:127.0.0.1", &a.in6.sin6_addr));
	NEED(fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
	NEED(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)));
	NEED(bind(fd, &a.sa, len));
	NEED(listen(fd, 1));
	NEED(getsockname(fd, &a.sa, &len));
	(void)loopback(AF_INET, &four);
	four.in.sin_port = a.in6.sin6_port;
	NEED(client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	NEED(connect(client, &four.sa, sizeof(four.in)));
	return (probe_ok(NULL));
}

PROBE(nt_nodelay)
{
	socklen_t len = sizeof(int);
	int fd[2], on = 1;

	NEED_LOOPBACK();
	NEED_TRUE(connected(AF_INET, fd));
	NEED(setsockopt(fd[0], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)));
	on = 0;
	NEED(getsockopt(fd[0], IPPROTO_TCP, TCP_NODELAY, &on, &len));
	return (on != 0 ? probe_ok(NULL) : probe_wrong("it is not kept"));
}

PROBE(nt_tcp_info)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);
	int fd[2];

	NEED_LOOPBACK();
	memset(&info, 0, sizeof(info));
	NEED_TRUE(connected(AF_INET, fd));
	NEED(getsockopt(fd[0], IPPROTO_TCP, TCP_INFO, &info, &len));
	return (info.tcpi_snd_mss > 0
		    ? probe_ok("state %d, mss %u", info.tcpi_state,
			  (unsigned)info.tcpi_snd_mss)
		    : probe_wrong("no mss of an open connection"));
}

/* Bytes that wait until the option is off again. */
PROBE(nt_cork)
{
#ifdef TCP_CORK
	const int option = TCP_CORK;
#else
	const int option = TCP_NOPUSH;
#endif
	int fd[2], on = 1;

	NEED_LOOPBACK();
	NEED_TRUE(connected(AF_INET, fd));
	NEED(setsockopt(fd[0], IPPROTO_TCP, option, &on, sizeof(on)));
	NEED(send(fd[0], "a", 1, 0));
	if (row_readable(fd[1], 2))
		return (probe_wrong("the byte did not wait"));
	on = 0;
	NEED(setsockopt(fd[0], IPPROTO_TCP, option, &on, sizeof(on)));
	/* FreeBSD sends with the next byte. */
	if (row_readable(fd[1], 100))
		return (probe_ok("sent as soon as it is off"));
	NEED(send(fd[0], "b", 1, 0));
	return (row_readable(fd[1], 1000) ? probe_ok("sent with the next byte")
					  : probe_wrong("never sent"));
}

PROBE(nt_fastopen)
{
#ifdef TCP_FASTOPEN
	union address a;
	int fd, on = 1;

	NEED(fd = bound(AF_INET, SOCK_STREAM, &a));
	NEED(setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, &on, sizeof(on)));
	NEED(listen(fd, 1));
	return (probe_ok(NULL));
#else
	return (probe_absent("TCP_FASTOPEN is not declared"));
#endif
}

PROBE(nt_user_timeout)
{
#ifdef TCP_USER_TIMEOUT
	unsigned ms = 1000;
	int fd[2];

	NEED_LOOPBACK();
	NEED_TRUE(connected(AF_INET, fd));
	NEED(setsockopt(fd[0], IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms)));
	return (probe_ok(NULL));
#else
	return (probe_absent("TCP_USER_TIMEOUT is not declared"));
#endif
}

PROBE(nt_keepalive)
{
	int fd[2], seconds = 10;

	NEED_LOOPBACK();
	NEED_TRUE(connected(AF_INET, fd));
	NEED(setsockopt(
	    fd[0], IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof(seconds)));
	NEED(setsockopt(
	    fd[0], IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof(seconds)));
	return (probe_ok(NULL));
}

PROBE(nt_accept_filter)
{
#ifdef SO_ACCEPTFILTER
	struct accept_filter_arg arg;
	union address a;
	int fd;

	memset(&arg, 0, sizeof(arg));
	(void)snprintf(arg.af_name, sizeof(arg.af_name), "dataready");
	NEED(fd = bound(AF_INET, SOCK_STREAM, &a));
	NEED(listen(fd, 1));
	if (setsockopt(fd, SOL_SOCKET, SO_ACCEPTFILTER, &arg, sizeof(arg)) != 0)
		return (errno == ENOENT
			    ? util_no_module("accf_data")
			    : probe_errno(errno, "SO_ACCEPTFILTER"));
	return (probe_ok(NULL));
#else
	return (probe_absent("SO_ACCEPTFILTER is not declared"));
#endif
}

PROBE(nt_defer_accept)
{
#ifdef TCP_DEFER_ACCEPT
	union address a;
	int fd, seconds = 1;

	NEED(fd = bound(AF_INET, SOCK_STREAM, &a));
	NEED(setsockopt(
	    fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof(seconds)));
	return (probe_ok(NULL));
#else
	return (probe_absent("TCP_DEFER_ACCEPT is not declared"));
#endif
}

PROBE(nt_nosigpipe)
{
#ifdef SO_NOSIGPIPE
	int fd[2], on = 1;

	(void)signal(SIGPIPE, SIG_DFL);
	NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	NEED(setsockopt(fd[0], SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof(on)));
	NEED(close(fd[1]));
	NEED_REFUSAL(write(fd[0], "a", 1), EPIPE);
	return (probe_ok(NULL));
#else
	return (probe_absent("SO_NOSIGPIPE is not declared"));
#endif
}

PROBE(nt_mmsg)
{
	struct iovec iov[2] = { { (char[]){ "a" }, 1 },
		{ (char[]){ "bc" }, 2 } };
	struct mmsghdr m[2];
	int fd[2], i, n;

	memset(m, 0, sizeof(m));
	for (i = 0; i < 2; i++) {
		m[i].msg_hdr.msg_iov = &iov[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	NEED(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd));
	NEED(n = (int)sendmmsg(fd[0], m, 2, 0));
	if (n != 2)
		return (probe_wrong("sendmmsg sent %d of 2", n));
	iov[0].iov_len = 2;
	NEED(n = (int)recvmmsg(fd[1], m, 2, MSG_DONTWAIT, NULL));
	return (n == 2 && m[0].msg_len == 1 && m[1].msg_len == 2
		    ? probe_ok(NULL)
		    : probe_wrong("recvmmsg got %d of 2", n));
}

PROBE(nt_timestamp)
{
	union {
		struct cmsghdr h;
		char space[256];
	} control;
	union address a;
	struct iovec iov;
	struct msghdr m;
	char c;
	int from, on = 1, to;

	NEED_LOOPBACK();
	NEED(to = bound(AF_INET, SOCK_DGRAM, &a));
	NEED(setsockopt(to, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on)));
	NEED(from = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	NEED(sendto(from, "x", 1, 0, &a.sa, sizeof(a.in)));
	memset(&m, 0, sizeof(m));
	iov = (struct iovec){ &c, 1 };
	m.msg_iov = &iov;
	m.msg_iovlen = 1;
	m.msg_control = &control;
	m.msg_controllen = sizeof(control);
	NEED(recvmsg(to, &m, 0));
	return (m.msg_controllen > 0 && control.h.cmsg_type == SCM_TIMESTAMP
		    ? probe_ok(NULL)
		    : probe_wrong("no time came along"));
}

PROBE(nt_rcvtimeo)
{
	const struct timeval ms = { 0, 2000 };
	union address a;
	char c;
	int fd;

	NEED(fd = bound(AF_INET, SOCK_DGRAM, &a));
	NEED(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &ms, sizeof(ms)));
	NEED_REFUSAL(recv(fd, &c, 1, 0), EAGAIN);
	return (probe_ok(NULL));
}

PROBE(nt_accept_inherits)
{
	union address a;
	int client, fd, listener;

	NEED_LOOPBACK();
	NEED(listener = bound(AF_INET, SOCK_STREAM, &a));
	NEED(listen(listener, 1));
	NEED(client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	NEED(connect(client, &a.sa, sizeof(a.in)));
	NEED(fcntl(listener, F_SETFL, O_NONBLOCK));
	if (!row_readable(listener, 1000))
		return (probe_wrong("no connection to accept"));
	NEED(fd = accept(listener, NULL, NULL));
	if ((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0)
		return (probe_ok("O_NONBLOCK comes from the listener"));
	return (row_unsupported("O_NONBLOCK does not come along"));
}
