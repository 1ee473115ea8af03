/*
 * Sockets: families that reach past the name space or that open more of the
 * kernel, the abstract name space, a network's configuration.
 */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <net/if.h>
#include <netinet/in.h>

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/attack/linux/linux.h"

struct kind {
	long family, type, protocol;
};

static enum end
open_socket(const void *with)
{
	const struct kind *k = with;

	return (by_call("socket",
	    syscall(SYS_socket, k->family, k->type, k->protocol) != -1));
}

static enum end
open_pair(const void *with)
{
	const struct kind *k = with;
	int fds[2];

	return (by_call("socketpair", syscall(SYS_socketpair, k->family,
					  k->type, k->protocol, fds) != -1));
}

/* Whoever has the name gets our descriptor, and so a way to our output. */
static enum end
abstract_name(const void *with)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	const char *name = setting(with);
	char c = 'x', room[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { &c, 1 };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room) };
	struct cmsghdr *cm;
	socklen_t len;
	int fd, own;

	(void)strncpy(sun.sun_path + 1, name, sizeof(sun.sun_path) - 2);
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			  strlen(name));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (struct sockaddr *)&sun, len) == -1)
		return (by_call("connect", false));
	own = dup(1);
	cm = CMSG_FIRSTHDR(&msg);
	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(sizeof(int));
	(void)memcpy(CMSG_DATA(cm), &own, sizeof(int));
	return (by_call("sendmsg of a descriptor", sendmsg(fd, &msg, 0) == 1));
}

/* 192.0.2.9 (RFC 5737) on lo. */
static enum end
add_address(const void *with)
{
	struct {
		struct nlmsghdr header;
		struct ifaddrmsg address;
		struct rtattr attr;
		uint32_t local;
	} ask = { .header = { .nlmsg_len = sizeof(ask),
		      .nlmsg_type = RTM_NEWADDR,
		      .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE },
		.address = { .ifa_family = AF_INET,
		    .ifa_prefixlen = 32,
		    .ifa_scope = RT_SCOPE_HOST },
		.attr = { .rta_len = RTA_LENGTH(4), .rta_type = IFA_LOCAL },
		.local = htonl(0xc0000209) };
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char room[512];
	} answer;
	int fd;

	(void)with;
	ask.address.ifa_index = if_nametoindex("lo");
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd == -1 || send(fd, &ask, sizeof(ask), 0) == -1 ||
	    recv(fd, &answer, sizeof(answer), 0) == -1)
		return (by_call("netlink", false));
	errno = -answer.error.error;
	return (by_call("RTM_NEWADDR", answer.error.error == 0));
}

#define KIND(f, t, p) (&(const struct kind){ (f), (t), (p) })

/* Numbers: bits/socket.h. */
const struct attack attacks_sockets[] = {
	{ "socket-vsock", "the machine that hosts this one", open_socket,
	    KIND(AF_VSOCK, SOCK_STREAM, 0) },
	{ "socket-vsock-high", "the same with a bit above 32", open_socket,
	    KIND(AF_VSOCK | (1L << 32), SOCK_STREAM, 0) },
	{ "socket-packet", "raw frames", open_socket,
	    KIND(AF_PACKET, SOCK_RAW, 0) },
	{ "socket-raw", "raw IPv4", open_socket,
	    KIND(AF_INET, SOCK_RAW, IPPROTO_ICMP) },
	{ "socket-raw6", "raw IPv6", open_socket,
	    KIND(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6) },
	{ "socket-alg", "the kernel's ciphers", open_socket,
	    KIND(AF_ALG, SOCK_SEQPACKET, 0) },
	{ "socket-key", "keys of IPsec", open_socket, KIND(15, SOCK_RAW, 2) },
	{ "socket-can", "a field bus", open_socket, KIND(29, SOCK_RAW, 1) },
	{ "socket-tipc", "TIPC", open_socket, KIND(30, SOCK_RDM, 0) },
	{ "socket-tipc-pair", "TIPC", open_pair, KIND(30, SOCK_RDM, 0) },
	{ "socket-bluetooth", "Bluetooth", open_socket, KIND(31, SOCK_RAW, 0) },
	{ "socket-xdp", "XDP", open_socket, KIND(44, SOCK_RAW, 0) },
	{ "socket-smc", "SMC", open_socket, KIND(43, SOCK_STREAM, 0) },
	{ "socket-rds", "RDS", open_socket, KIND(21, SOCK_SEQPACKET, 0) },
	{ "abstract-host", "an abstract socket of the host", abstract_name,
	    "ABSTRACT_HOST" },
	{ "abstract-sibling", "an abstract socket of another build",
	    abstract_name, "ABSTRACT_SIBLING" },
	{ "net-address", "an address added", add_address, NULL },
	{ NULL, NULL, NULL, NULL },
};
