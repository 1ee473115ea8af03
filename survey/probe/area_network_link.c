/*
 * Below and beside the internet protocols: interfaces, routing sockets, raw
 * sockets, other families.  Nothing is sent.
 */
#include <sys/param.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#if defined(__linux__)
#include <linux/if_alg.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/vm_sockets.h>
#elif defined(__FreeBSD__)
#include <net/bpf.h>
#include <sys/module.h>
#include <net/route.h>
#if __has_include(<netlink/netlink.h>)
#include <netlink/netlink.h>
#include <netlink/netlink_route.h>
#endif
#endif

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_network.h"

/* "lo" or "lo0": the loopback interface with 127.0.0.1; false for none. */
bool
nt_loopback(char name[IFNAMSIZ], unsigned *flags)
{
	const struct sockaddr_in *in;
	struct ifaddrs *all, *a;
	bool found = false;

	if (getifaddrs(&all) != 0)
		return (false);
	for (a = all; a != NULL && !found; a = a->ifa_next) {
		in = (const void *)a->ifa_addr;
		if (in == NULL || a->ifa_addr->sa_family != AF_INET ||
		    in->sin_addr.s_addr != htonl(INADDR_LOOPBACK))
			continue;
		memset(name, 0, IFNAMSIZ);
		strncpy(name, a->ifa_name, IFNAMSIZ - 1);
		*flags = a->ifa_flags;
		found = true;
	}
	freeifaddrs(all);
	return (found);
}

#if defined(__linux__)
/*
 * True when asking for a socket of that protocol could make the kernel load
 * a module, which would stay: then it is not asked.
 */
static bool
would_load(const char *protocol)
{
	char known[16384];

	if (!util_exists("/proc/modules"))
		return (false);
	return (!util_read("/proc/net/protocols", known, sizeof(known)) ||
		strstr(known, protocol) == NULL);
}
#endif

PROBE(nt_getifaddrs)
{
	char name[IFNAMSIZ];
	unsigned flags;

	if (!nt_loopback(name, &flags))
		return (row_unsupported("no interface has 127.0.0.1"));
	if ((flags & IFF_LOOPBACK) == 0)
		return (probe_wrong("%s is no loopback", name));
	return (probe_ok("%s", name));
}

PROBE(nt_if_index)
{
	char again[IFNAMSIZ], name[IFNAMSIZ];
	unsigned flags, index;

	NEED_LOOPBACK();
	NEED_TRUE(nt_loopback(name, &flags));
	NEED_TRUE((index = if_nametoindex(name)) != 0);
	NEED_TRUE(if_indextoname(index, again) != NULL);
	return (strcmp(again, name) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("%s is %u is %s", name, index, again));
}

PROBE(nt_siocgifflags)
{
	struct ifreq ifr;
	unsigned flags;
	int fd;

	NEED_LOOPBACK();
	memset(&ifr, 0, sizeof(ifr));
	NEED_TRUE(nt_loopback(ifr.ifr_name, &flags));
	NEED(fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	NEED(ioctl(fd, SIOCGIFFLAGS, &ifr));
	return ((ifr.ifr_flags & IFF_LOOPBACK) != 0
		    ? probe_ok(NULL)
		    : probe_wrong("flags 0x%x", (unsigned)ifr.ifr_flags));
}

/*
 * The flags as they are, set again: refused to a user before anything is
 * looked at.
 */
PROBE(nt_siocsifflags)
{
	struct ifreq ifr;
	unsigned flags;
	int fd;

	NEED_LOOPBACK();
	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	memset(&ifr, 0, sizeof(ifr));
	NEED_TRUE(nt_loopback(ifr.ifr_name, &flags));
	NEED(fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	NEED(ioctl(fd, SIOCGIFFLAGS, &ifr));
	return (util_refused(ioctl(fd, SIOCSIFFLAGS, &ifr), 0, "SIOCSIFFLAGS"));
}

#ifdef NETLINK_ROUTE
/* Asks the kernel for its links; whether "lo" is among them. */
PROBE(nt_netlink)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg m;
	} ask;
	char buf[16384], name[IFNAMSIZ];
	struct nlmsghdr *h;
	unsigned flags, index;
	ssize_t n;
	int fd;

	NEED_LOOPBACK();
	NEED_TRUE(nt_loopback(name, &flags));
	index = if_nametoindex(name);
	NEED(fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
	memset(&ask, 0, sizeof(ask));
	ask.h.nlmsg_len = sizeof(ask);
	ask.h.nlmsg_type = RTM_GETLINK;
	ask.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	NEED(send(fd, &ask, sizeof(ask), 0));
	while (row_readable(fd, 1000)) {
		NEED(n = recv(fd, buf, sizeof(buf), 0));
		for (h = (void *)buf; NLMSG_OK(h, (unsigned)n);
		     h = NLMSG_NEXT(h, n)) {
			if (h->nlmsg_type == NLMSG_DONE)
				return (probe_wrong("%s is not told", name));
			if (h->nlmsg_type == RTM_NEWLINK &&
			    (unsigned)((struct ifinfomsg *)NLMSG_DATA(h))
				    ->ifi_index == index)
				return (probe_ok(NULL));
		}
	}
	return (probe_wrong("no answer"));
}
#else
PROBE(nt_netlink)
{
	return (probe_absent("NETLINK_ROUTE is not declared"));
}
#endif

PROBE(nt_routing_socket)
{
#if defined(__FreeBSD__)
	NEED(socket(PF_ROUTE, SOCK_RAW | SOCK_CLOEXEC, AF_UNSPEC));
	return (probe_ok(NULL));
#else
	return (probe_absent("PF_ROUTE is netlink here"));
#endif
}

PROBE(nt_raw_user)
{
	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	return (
	    util_refused(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP),
		0, "a raw socket"));
}

PROBE(nt_raw)
{
	NEED(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
	return (probe_ok(NULL));
}

PROBE(nt_ping_socket)
{
#if defined(__linux__)
	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	if (socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP) < 0)
		return (probe_errno(errno, "an ICMP datagram socket"));
	return (probe_ok(NULL));
#else
	return (probe_absent("an ICMP datagram socket is Linux's"));
#endif
}

PROBE(nt_packet)
{
#if defined(__linux__)
	NEED(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
	return (probe_ok(NULL));
#else
	return (probe_absent("AF_PACKET is not declared"));
#endif
}

PROBE(nt_bpf_device)
{
#if defined(__FreeBSD__)
	struct bpf_version v;
	int fd;

	if ((fd = open("/dev/bpf", O_RDONLY | O_CLOEXEC)) < 0)
		return (errno == ENOENT ? probe_absent("/dev/bpf")
					: probe_errno(errno, "/dev/bpf"));
	NEED(ioctl(fd, BIOCVERSION, &v));
	return (v.bv_major == BPF_MAJOR_VERSION
		    ? probe_ok(NULL)
		    : probe_wrong("version %d.%d", v.bv_major, v.bv_minor));
#else
	return (probe_absent("/dev/bpf is FreeBSD's"));
#endif
}

PROBE(nt_vsock)
{
#if defined(__linux__)
	struct sockaddr_vm vm;
	int fd;

	if (would_load("AF_VSOCK"))
		return (util_skip("asking might load a module"));
	if ((fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return (probe_errno(errno, "AF_VSOCK"));
	memset(&vm, 0, sizeof(vm));
	vm.svm_family = AF_VSOCK;
	vm.svm_cid = VMADDR_CID_ANY;
	vm.svm_port = VMADDR_PORT_ANY;
	NEED(bind(fd, (struct sockaddr *)&vm, sizeof(vm)));
	return (probe_ok(NULL));
#else
	return (probe_absent("AF_VSOCK is not declared"));
#endif
}

PROBE(nt_hyperv)
{
#ifdef AF_HYPERV
	if (socket(AF_HYPERV, SOCK_STREAM | SOCK_CLOEXEC, 1) < 0)
		return (errno == EAFNOSUPPORT || errno == EPROTONOSUPPORT
			    ? util_skip("no hypervisor that has it")
			    : probe_errno(errno, "AF_HYPERV"));
	return (probe_ok(NULL));
#else
	return (probe_absent("AF_HYPERV is not declared"));
#endif
}

PROBE(nt_alg)
{
#if defined(__linux__)
	/* SHA-256 of nothing begins with these. */
	static const unsigned char empty[4] = { 0xe3, 0xb0, 0xc4, 0x42 };
	struct sockaddr_alg alg;
	unsigned char digest[32];
	int fd, op;

	if (would_load("ALG "))
		return (util_skip("asking might load a module"));
	memset(&alg, 0, sizeof(alg));
	alg.salg_family = AF_ALG;
	memcpy(alg.salg_type, "hash", sizeof("hash"));
	memcpy(alg.salg_name, "sha256", sizeof("sha256"));
	if ((fd = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) < 0)
		return (probe_errno(errno, "AF_ALG"));
	if (bind(fd, (struct sockaddr *)&alg, sizeof(alg)) != 0)
		return (errno == ENOENT ? row_unsupported("no sha256")
					: probe_errno(errno, "bind"));
	NEED(op = accept4(fd, NULL, NULL, SOCK_CLOEXEC));
	NEED(send(op, "", 0, 0));
	NEED(recv(op, digest, sizeof(digest), 0));
	return (memcmp(digest, empty, sizeof(empty)) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("another digest"));
#else
	return (probe_absent("AF_ALG is not declared"));
#endif
}

PROBE(nt_sctp)
{
	struct sockaddr_in in;
	int fd;

#if defined(__linux__)
	if (would_load("SCTP"))
		return (util_skip("asking might load a module"));
#elif defined(__FreeBSD__)
	if (modfind("sctp") < 0)
		return (util_no_module("sctp"));
#endif
	if ((fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP)) <
	    0)
		return (probe_errno(errno, "IPPROTO_SCTP"));
	memset(&in, 0, sizeof(in));
	in.sin_family = AF_INET;
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	NEED(bind(fd, (struct sockaddr *)&in, sizeof(in)));
	NEED(listen(fd, 1));
	return (probe_ok(NULL));
}

PROBE(nt_bindtodevice)
{
#ifdef SO_BINDTODEVICE
	char name[IFNAMSIZ];
	unsigned flags;
	int fd;

	NEED_LOOPBACK();
	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	NEED_TRUE(nt_loopback(name, &flags));
	NEED(fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	NEED(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, IFNAMSIZ));
	return (probe_ok("as a user"));
#else
	return (probe_absent("SO_BINDTODEVICE is not declared"));
#endif
}

PROBE(nt_mark)
{
#ifdef SO_MARK
	int fd, mark = 1;

	NEED(fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	NEED(setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)));
	return (probe_ok(NULL));
#else
	return (probe_absent("SO_MARK is not declared"));
#endif
}

PROBE(nt_setfib)
{
#ifdef SO_SETFIB
	int fd, fib = 0;

	NEED(fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	NEED(setsockopt(fd, SOL_SOCKET, SO_SETFIB, &fib, sizeof(fib)));
	NEED(setfib(0));
	return (probe_ok(NULL));
#else
	return (probe_absent("SO_SETFIB is not declared"));
#endif
}

/* Binding to an address that is not ours. */
PROBE(nt_transparent)
{
	struct sockaddr_in in;
	int fd, on = 1;

	memset(&in, 0, sizeof(in));
	in.sin_family = AF_INET;
	/* TEST-NET-1 (RFC 5737): never a neighbour's. */
	in.sin_addr.s_addr = htonl(0xc0000201);
	NEED(fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
#ifdef IP_TRANSPARENT
	NEED(setsockopt(fd, IPPROTO_IP, IP_TRANSPARENT, &on, sizeof(on)));
#else
	NEED(setsockopt(fd, IPPROTO_IP, IP_BINDANY, &on, sizeof(on)));
#endif
	NEED(bind(fd, (struct sockaddr *)&in, sizeof(in)));
	return (probe_ok(NULL));
}

PROBE(nt_freebind)
{
#ifdef IP_FREEBIND
	struct sockaddr_in in;
	int fd, on = 1;

	NEED_LOOPBACK();
	memset(&in, 0, sizeof(in));
	in.sin_family = AF_INET;
	in.sin_addr.s_addr = htonl(0xc0000201);
	NEED(fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	NEED_REFUSAL(
	    bind(fd, (struct sockaddr *)&in, sizeof(in)), EADDRNOTAVAIL);
	NEED(setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof(on)));
	NEED(bind(fd, (struct sockaddr *)&in, sizeof(in)));
	return (probe_ok(NULL));
#else
	return (probe_absent("IP_FREEBIND is not declared"));
#endif
}

PROBE(nt_so_domain)
{
#ifdef SO_DOMAIN
	socklen_t len = sizeof(int);
	int domain = -1, fd, type = -1;

	NEED(fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	NEED(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len));
	NEED(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len));
	return (domain == AF_INET && type == SOCK_DGRAM
		    ? probe_ok(NULL)
		    : probe_wrong("domain %d, type %d", domain, type));
#else
	return (probe_absent("SO_DOMAIN is not declared"));
#endif
}

PROBE(nt_tun)
{
#if defined(__linux__)
	int fd;

	if ((fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC)) < 0)
		return (errno == ENOENT || errno == ENODEV || errno == ENXIO
			    ? probe_absent("/dev/net/tun: %s", strerror(errno))
			    : probe_errno(errno, "/dev/net/tun"));
	return (probe_ok(NULL));
#elif defined(__FreeBSD__)
	/* Looking at /dev/tun0 would make that interface (tun(4)). */
	return (modfind("if_tuntap") >= 0
		    ? probe_ok("if_tuntap")
		    : probe_absent("if_tuntap is not loaded"));
#else
	return (probe_absent("/dev/net/tun"));
#endif
}
