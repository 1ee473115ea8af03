/* Probes of the area network: plain sockets, resolving, tables, headers. */
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_network.h"
#include "survey/probe/area_plain.h"

#if defined(__FreeBSD__)
#include <sys/param.h>
#include <sys/ucred.h>
#endif

/* A local listener at "s" and a client of it; -1 with errno. */
static int
connected(int *client)
{
	struct sockaddr_un sun;
	int server;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "s");
	server = socket(AF_UNIX, SOCK_STREAM, 0);
	*client = socket(AF_UNIX, SOCK_STREAM, 0);
	if (server < 0 || *client < 0 ||
	    bind(server, (struct sockaddr *)&sun, sizeof(sun)) != 0)
		return (-1);
	/* Without listen, nobody connects. */
	if (connect(*client, (struct sockaddr *)&sun, sizeof(sun)) == 0) {
		errno = EISCONN;
		return (-1);
	}
	if (errno != ECONNREFUSED || listen(server, 2) != 0 ||
	    connect(*client, (struct sockaddr *)&sun, sizeof(sun)) != 0)
		return (-1);
	return (accept(server, NULL, NULL));
}

static PROBE(plain_unix)
{
	int client, fd;
	char c = 0;

	NEED(fd = connected(&client));
	NEED(write(client, "x", 1));
	NEED(read(fd, &c, 1));
	return (c == 'x' ? probe_ok(NULL) : probe_wrong("another byte"));
}

static PROBE(plain_socket)
{
	socklen_t len = sizeof(int);
	int fd, type = -1;

	NEED(fd = socket(AF_UNIX, SOCK_STREAM, 0));
	NEED(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len));
	if (type != SOCK_STREAM || fcntl(fd, F_GETFD) != 0)
		return (probe_wrong("type %d", type));
	NEED_REFUSAL(socket(4711, SOCK_STREAM, 0), EAFNOSUPPORT);
	return (probe_ok(NULL));
}

static PROBE(plain_sock_cloexec)
{
	int fd;

	NEED(fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	return ((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0
		    ? probe_ok(NULL)
		    : probe_wrong("not close-on-exec"));
}

static PROBE(plain_sock_nonblock)
{
	int sv[2];
	char c;

	NEED(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv));
	NEED_REFUSAL((int)read(sv[0], &c, 1), EAGAIN);
	return (probe_ok(NULL));
}

static PROBE(plain_peer)
{
	int client, fd;

	NEED(fd = connected(&client));
#if defined(__linux__)
	struct ucred uc;
	socklen_t len = sizeof(uc);

	NEED(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &uc, &len));
	return (uc.uid == geteuid() && uc.gid == getegid() && uc.pid == getpid()
		    ? probe_ok("user, group and process")
		    : probe_wrong("user %u", (unsigned)uc.uid));
#elif defined(__FreeBSD__)
	struct xucred xu;
	socklen_t len = sizeof(xu);

	NEED(getsockopt(fd, SOL_LOCAL, LOCAL_PEERCRED, &xu, &len));
	return (xu.cr_uid == geteuid() && xu.cr_pid == getpid()
		    ? probe_ok("user, groups and process (LOCAL_PEERCRED)")
		    : probe_wrong("user %u", (unsigned)xu.cr_uid));
#endif
}

static PROBE(plain_getaddrinfo)
{
	struct addrinfo hints, *all;
	const struct sockaddr_in *in;
	bool right;
	int rc;

	/* Numbers only: nobody is asked. */
	memset(&hints, 0, sizeof(hints));
	hints.ai_family = AF_INET;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
	rc = getaddrinfo("127.0.0.1", "4711", &hints, &all);
	if (rc != 0)
		return (probe_wrong("%s", gai_strerror(rc)));
	in = (const void *)all->ai_addr;
	right = in->sin_port == htons(4711) &&
		in->sin_addr.s_addr == htonl(INADDR_LOOPBACK);
	freeaddrinfo(all);
	if (!right)
		return (probe_wrong("another address"));
	rc = getaddrinfo("no number", NULL, &hints, &all);
	return (rc == EAI_NONAME ? probe_ok("numbers, nobody was asked")
				 : probe_wrong("a name as a number: %d", rc));
}

static PROBE(plain_reuseaddr)
{
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	int a, b, on = 1;

	NEED_LOOPBACK();
	memset(&in, 0, sizeof(in));
	in.sin_family = AF_INET;
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	NEED(a = socket(AF_INET, SOCK_STREAM, 0));
	NEED(b = socket(AF_INET, SOCK_STREAM, 0));
	NEED(setsockopt(a, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
	NEED(setsockopt(b, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
	NEED(bind(a, (struct sockaddr *)&in, sizeof(in)));
	NEED(listen(a, 1));
	NEED(getsockname(a, (struct sockaddr *)&in, &len));
	/* A port with a listener is taken all the same. */
	NEED_REFUSAL(bind(b, (struct sockaddr *)&in, sizeof(in)), EADDRINUSE);
	return (probe_ok("not for a second listener"));
}

static PROBE(plain_iff)
{
	char name[IFNAMSIZ];
	unsigned flags;

	if (!nt_loopback(name, &flags))
		return (row_unsupported("no interface has 127.0.0.1"));
	if ((flags & IFF_LOOPBACK) == 0 || (flags & IFF_UP) == 0)
		return (probe_wrong("%s has flags %#x", name, flags));
	return (probe_ok("%s has both", name));
}

static PROBE(plain_bindv6only)
{
	int fd, only = -1;
	socklen_t len = sizeof(only);

	/* What a socket has when nobody says anything. */
	fd = socket(AF_INET6, SOCK_STREAM, 0);
	if (fd < 0)
		return (probe_errno(errno, "socket"));
	NEED(getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &len));
#if defined(__linux__)
	char text[16];

	if (!util_read("/proc/sys/net/ipv6/bindv6only", text, sizeof(text)))
		return (probe_absent("no such setting"));
	if (atoi(text) != only)
		return (probe_wrong("the setting is not what a socket has"));
	return (probe_ok("%d", only));
#else
	return (
	    probe_absent("its name is net.inet6.ip6.v6only here: %d", only));
#endif
}

/* A table with at least one line that is no comment. */
static struct probe_answer
table(const char *path)
{
	char line[512];
	int lines = 0;
	FILE *f;

	f = fopen(path, "re");
	if (f == NULL)
		return (errno == ENOENT ? util_skip("no %s here", path)
					: probe_errno(errno, "open"));
	while (fgets(line, sizeof(line), f) != NULL)
		lines += line[0] != '#' && line[0] != '\n';
	(void)fclose(f);
	return (lines > 0 ? probe_ok("%d lines", lines)
			  : util_skip("%s is empty", path));
}

static PROBE(plain_hosts)
{
	return (table("/etc/hosts"));
}

static PROBE(plain_nsswitch)
{
	return (table("/etc/nsswitch.conf"));
}

static PROBE(plain_resolv)
{
	return (table("/etc/resolv.conf"));
}

static PROBE(plain_services)
{
	return (table("/etc/services"));
}

/* clang-format off */
static const struct probe rows[] = {
	ROW("network.af-unix", "AF_UNIX",
	    "a byte goes over a socket in the file system", plain_unix, 0),
	ROW("network.listen", "listen",
	    "nobody connects before it", plain_unix, 0),
	ROW("network.socket", "socket",
	    "a socket of that type; unknown families are refused",
	    plain_socket, 0),
	ROW("network.sock-cloexec", "SOCK_CLOEXEC",
	    "a socket that an exec closes", plain_sock_cloexec, 0),
	ROW("network.sock-nonblock", "SOCK_NONBLOCK",
	    "a socket that never blocks", plain_sock_nonblock, 0),
	ROW("network.peer", "semantic:unix-socket-peer-credentials",
	    "a server knows who its client is", plain_peer, 0),
	ROW("network.getaddrinfo", "getaddrinfo",
	    "numbers become an address", plain_getaddrinfo, 0),
	ROW("network.reuseaddr", "SO_REUSEADDR",
	    "it does not let two listen at once", plain_reuseaddr, 0),
	ROW("network.iff-up", "IFF_UP",
	    "the loopback is up", plain_iff, 0),
	ROW("network.iff-loopback", "IFF_LOOPBACK",
	    "the loopback says that it is one", plain_iff, 0),
	ROW("network.bindv6only", "net.ipv6.bindv6only",
	    "whether an IPv6 socket takes IPv4", plain_bindv6only, 0),
	ROW("network.etc-hosts", "/etc/hosts",
	    "the table has entries", plain_hosts, 0),
	ROW("network.etc-nsswitch", "/etc/nsswitch.conf",
	    "the table has entries", plain_nsswitch, 0),
	ROW("network.etc-resolv", "/etc/resolv.conf",
	    "the table has entries", plain_resolv, 0),
	ROW("network.etc-services", "/etc/services",
	    "the table has entries", plain_services, 0),
	ROW("network.header-rtnetlink", "linux/rtnetlink.h",
	    "the header is there",
#if __has_include(<linux/rtnetlink.h>)
	    plain_present,
#else
	    plain_missing,
#endif
	    0),
};
/* clang-format on */

const struct probe_area probe_area_network_plain = { ISTH_AREA_NETWORK, rows,
	UTIL_COUNT(rows) };
