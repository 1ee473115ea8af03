/* Networks and interfaces without a network. */
#include <sys/param.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sockio.h>
#include <sys/sysctl.h>

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <net/if_dl.h>
#include <net/route.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/attack/freebsd/freebsd.h"

struct kind {
	int family, type, protocol;
};

static enum end
open_socket(const void *with)
{
	const struct kind *k = with;
	int fd;

	fd = socket(k->family, k->type | SOCK_CLOEXEC, k->protocol);
	return (by_call("socket", fd != -1));
}

/* Any socket does for these. */
static enum end
interface(const void *with)
{
	const unsigned long *request = with;
	struct ifreq r;
	int fd;

	memset(&r, 0, sizeof(r));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (*request == SIOCIFCREATE) {
		(void)strlcpy(r.ifr_name, "lo7077", sizeof(r.ifr_name));
		if (ioctl(fd, SIOCIFCREATE, &r) == -1)
			return (by_call("ioctl", false));
		(void)ioctl(fd, SIOCIFDESTROY, &r);
		return (by_call("ioctl", true));
	}
	/* As it is. */
	(void)strlcpy(r.ifr_name, "lo0", sizeof(r.ifr_name));
	if (ioctl(fd, SIOCGIFFLAGS, &r) == -1)
		return (by_call("ioctl", false));
	return (by_call("ioctl", ioctl(fd, *request, &r) == 0));
}

/* Numbers of the host's hardware. */
static enum end
hardware(const void *with)
{
	const struct sockaddr_dl *dl;
	struct ifaddrs *all, *a;
	int n = 0;

	(void)with;
	if (getifaddrs(&all) == -1)
		return (by_call("getifaddrs", false));
	for (a = all; a != NULL; a = a->ifa_next) {
		dl = (const void *)a->ifa_addr;
		n += dl != NULL && dl->sdl_family == AF_LINK;
	}
	return (ended(n > 0 ? SUCCEEDED : REFUSED, "%d interfaces", n));
}

/* Addresses of the host. */
static enum end
addresses(const void *with)
{
	struct ifaddrs *all, *a;
	int n = 0;

	(void)with;
	if (getifaddrs(&all) == -1)
		return (by_call("getifaddrs", false));
	for (a = all; a != NULL; a = a->ifa_next)
		n += a->ifa_addr != NULL &&
		     (a->ifa_addr->sa_family == AF_INET ||
			 a->ifa_addr->sa_family == AF_INET6);
	return (ended(n > 0 ? SUCCEEDED : REFUSED, "%d addresses", n));
}

/* Interfaces by name, which needs no right at all elsewhere. */
static enum end
names(const void *with)
{
	struct if_nameindex *all = if_nameindex();
	size_t n = 0;

	(void)with;
	while (all != NULL && all[n].if_index != 0)
		n++;
	return (ended(n > 0 ? SUCCEEDED : REFUSED, "%zu interfaces", n));
}

/* Connections of others. */
static enum end
connections(const void *with)
{
	static char answer[262144];
	size_t len = sizeof(answer);
	uint64_t head; /* ksize_t */

	if (sysctlbyname(with, answer, &len, NULL, 0) == -1)
		return (by_call("sysctl", false));
	/* struct xinpgen, struct xunpgen: size first; one before, one after. */
	memcpy(&head, answer, sizeof(head));
	return (ended(len > 2 * head ? SUCCEEDED : REFUSED, "%zu bytes", len));
}

static enum end
route(const void *with)
{
	struct {
		struct rt_msghdr head;
		struct sockaddr_in to, by, mask;
	} m;
	int fd;

	(void)with;
	memset(&m, 0, sizeof(m));
	m.head.rtm_msglen = sizeof(m);
	m.head.rtm_version = RTM_VERSION;
	m.head.rtm_type = RTM_ADD;
	m.head.rtm_flags = RTF_UP | RTF_STATIC | RTF_BLACKHOLE;
	m.head.rtm_addrs = RTA_DST | RTA_GATEWAY | RTA_NETMASK;
	m.to = m.by = m.mask =
	    (struct sockaddr_in){ .sin_len = sizeof(struct sockaddr_in),
		    .sin_family = AF_INET };
	m.to.sin_addr.s_addr = htonl(0xc0000200); /* 192.0.2.0/24 */
	m.mask.sin_addr.s_addr = htonl(0xffffff00);
	m.by.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_ROUTE, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd == -1 || write(fd, &m, sizeof(m)) == -1)
		return (by_call("route", false));
	m.head.rtm_type = RTM_DELETE;
	(void)!write(fd, &m, sizeof(m));
	return (by_call("route", true));
}

#define DIVERT 44 /* PF_DIVERT: sys/socket.h of 14 */

static const struct kind raw = { AF_INET, SOCK_RAW, IPPROTO_ICMP },
			 raw6 = { AF_INET6, SOCK_RAW, IPPROTO_ICMPV6 },
			 divert = { DIVERT, SOCK_RAW, 0 },
			 sctp = { AF_INET, SOCK_STREAM, IPPROTO_SCTP },
			 key = { 29, SOCK_RAW, 2 }, /* PF_KEY */
    netgraph = { 32, SOCK_DGRAM, 2 }, bluetooth = { 36, SOCK_RAW, 1 },
			 hyperv = { 43, SOCK_STREAM, 0 },
			 tcp = { AF_INET, SOCK_STREAM, 0 },
			 udp6 = { AF_INET6, SOCK_DGRAM, 0 };
static const unsigned long create = SIOCIFCREATE, flags = SIOCSIFFLAGS;

const struct attack attacks_sockets[] = {
	{ "socket-raw", "packets of any kind", open_socket, &raw },
	{ "socket-raw6", "the same of version 6", open_socket, &raw6 },
	{ "socket-divert", "packets of others", open_socket, &divert },
	{ "socket-sctp", "another transport", open_socket, &sctp },
	{ "socket-key", "keys of the host", open_socket, &key },
	{ "socket-netgraph", "the graph of the network", open_socket,
	    &netgraph },
	{ "socket-bluetooth", "a radio", open_socket, &bluetooth },
	{ "socket-hyperv", "the host of this host", open_socket, &hyperv },
	{ "socket-tcp", "a socket of TCP", open_socket, &tcp },
	{ "socket-udp6", "a socket of UDP", open_socket, &udp6 },
	{ "if-create", "a new interface", interface, &create },
	{ "if-flags", "an interface changed", interface, &flags },
	{ "if-hardware", "the host's interfaces", hardware, NULL },
	{ "if-addresses", "the host's addresses", addresses, NULL },
	{ "if-names", "names of interfaces", names, NULL },
	{ "route-add", "another route", route, NULL },
	{ "see-tcp", "connections of others", connections,
	    "net.inet.tcp.pcblist" },
	{ "see-unix", "Unix sockets of others", connections,
	    "net.local.stream.pcblist" },
	{ NULL, NULL, NULL, NULL },
};
