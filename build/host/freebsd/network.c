/*
 * Network for fixed-output builds: an own network stack with an epair(4) to
 * a bridge that the host prepared, or else addresses of the host, all but
 * its loopback ones.  The numbers of a bridged build come from the bridge's
 * own network and the job's uid, so that nothing has to be kept.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sockio.h>
#include <sys/sysctl.h>

#include <errno.h>
#include <ifaddrs.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_bridgevar.h>
#include <net/route.h>
#include <netinet/in.h>
#include <netinet/in_var.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "build/host/freebsd/freebsd.h"

/* Units of cloned interfaces end at 32767: if_clone.c. */
enum { UNIT_FIRST = 1024, UNIT_COUNT = 31744, ADDRESSES_MAX = 32 };

static const char step[] = "network";
static const char by_epair[] = "epair", by_addresses[] = "addresses";

void
network_traits(struct host *host, const struct isth_build_options *options)
{
	struct host_traits *t = &host->traits;

	if (options->network_bridge != NULL) {
		(void)strlcpy(host->bridge, options->network_bridge,
		    sizeof(host->bridge));
		t->network = by_epair;
		t->network_weaker = "network: a fixed-output build reaches "
				    "all that the bridge reaches, but no "
				    "other build";
		return;
	}
	t->network = by_addresses;
	t->network_weaker =
	    "network: a fixed-output build uses the host's addresses, and "
	    "reaches its services that listen on them, though not those on "
	    "loopback (try: --network-bridge)";
}

bool
network_is_own(const struct plan *plan)
{
	size_t at = plan_find(plan, STEP_NETWORK);

	return (plan_find(plan, STEP_LOOPBACK) < plan->n ||
		(at < plan->n && strcmp(plan->steps[at].text, by_epair) == 0));
}

/* ---- addresses of the host ---- */

static bool
give_addresses(struct host_job *job, struct error *e)
{
	struct in6_addr ip6[ADDRESSES_MAX];
	struct in_addr ip4[ADDRESSES_MAX];
	const struct sockaddr_in6 *in6;
	const struct sockaddr_in *in;
	struct ifaddrs *all, *a;
	size_t n4 = 0, n6 = 0;

	if (getifaddrs(&all) != 0)
		return (fail(e, errno, step, "addresses of the host", NULL));
	for (a = all; a != NULL; a = a->ifa_next) {
		if (a->ifa_addr == NULL || (a->ifa_flags & IFF_UP) == 0)
			continue;
		in = (const void *)a->ifa_addr;
		in6 = (const void *)a->ifa_addr;
		if (a->ifa_addr->sa_family == AF_INET && n4 < ADDRESSES_MAX &&
		    ntohl(in->sin_addr.s_addr) >> 24 != IN_LOOPBACKNET)
			ip4[n4++] = in->sin_addr;
		else if (a->ifa_addr->sa_family == AF_INET6 &&
			 n6 < ADDRESSES_MAX &&
			 !IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr) &&
			 !IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))
			ip6[n6++] = in6->sin6_addr;
	}
	freeifaddrs(all);
	if (n4 + n6 == 0)
		return (fail(e, 0, step, "addresses of the host",
		    "there is none but on loopback"));
	return (jail_addresses(
	    job->jid, ip4, n4 * sizeof(ip4[0]), ip6, n6 * sizeof(ip6[0]), e));
}

/* ---- epair ---- */

static void
pair_name(char name[IFNAMSIZ], uid_t uid, const char *end)
{
	(void)snprintf(name, IFNAMSIZ, "epair%u%s",
	    UNIT_FIRST + (unsigned)(uid % UNIT_COUNT), end);
}

static void
pair_mark(char mark[64], const char *id)
{
	(void)snprintf(mark, 64, "isthmus-%s", id);
}

static bool
fail_pair(struct error *e, const char *name)
{
	int saved = errno;

	(void)fail(e, saved, step, name, NULL);
	if (saved == EINVAL || saved == ENXIO)
		return (fail_hint(e, "kldload if_epair if_bridge"));
	return (false);
}

/* The bridge's first IPv4 network, and the job's place in it. */
static bool
find_numbers(struct host_job *job, struct error *e)
{
	const char *bridge = job->host->bridge;
	struct ifaddrs *all, *a;
	uint32_t hosts;
	bool found = false;

	if (getifaddrs(&all) != 0)
		return (fail(e, errno, step, bridge, NULL));
	for (a = all; a != NULL && !found; a = a->ifa_next) {
		if (strcmp(a->ifa_name, bridge) != 0 || a->ifa_addr == NULL ||
		    a->ifa_netmask == NULL || a->ifa_addr->sa_family != AF_INET)
			continue;
		job->net.gateway = ntohl(
		    ((const struct sockaddr_in *)(const void *)a->ifa_addr)
			->sin_addr.s_addr);
		job->net.mask = ntohl(
		    ((const struct sockaddr_in *)(const void *)a->ifa_netmask)
			->sin_addr.s_addr);
		found = true;
	}
	freeifaddrs(all);
	hosts = found ? ~job->net.mask : 0;
	if (hosts < 7) {
		(void)fail(e, 0, step, bridge,
		    found ? "its network has no room for builds"
			  : "no such interface, or it has no IPv4 address");
		return (fail_hint(
		    e, "ifconfig %s inet 10.77.0.1/16, and nat", bridge));
	}
	/* Neither the network, nor the broadcast, nor the bridge itself. */
	job->net.address = (job->net.gateway & job->net.mask) + 1 +
			   (uint32_t)(job->plan->uid % (hosts - 2));
	if (job->net.address >= job->net.gateway)
		job->net.address++;
	return (true);
}

static bool
join_bridge(int fd, const char *bridge, const char *name)
{
	struct ifbreq member;
	struct ifdrv request;
	struct ifreq ifr;

	memset(&member, 0, sizeof(member));
	memset(&request, 0, sizeof(request));
	memset(&ifr, 0, sizeof(ifr));
	(void)strlcpy(member.ifbr_ifsname, name, sizeof(member.ifbr_ifsname));
	(void)strlcpy(request.ifd_name, bridge, sizeof(request.ifd_name));
	request.ifd_cmd = BRDGADD;
	request.ifd_len = sizeof(member);
	request.ifd_data = &member;
	(void)strlcpy(ifr.ifr_name, name, sizeof(ifr.ifr_name));
	if (ioctl(fd, SIOCSDRVSPEC, &request) != 0)
		return (false);
	/* A private member does not reach another: builds are apart. */
	request.ifd_cmd = BRDGGIFFLGS;
	if (ioctl(fd, SIOCGDRVSPEC, &request) != 0)
		return (false);
	member.ifbr_ifsflags |= IFBIF_PRIVATE;
	request.ifd_cmd = BRDGSIFFLGS;
	if (ioctl(fd, SIOCSDRVSPEC, &request) != 0 ||
	    ioctl(fd, SIOCGIFFLAGS, &ifr) != 0)
		return (false);
	ifr.ifr_flags |= IFF_UP;
	return (ioctl(fd, SIOCSIFFLAGS, &ifr) == 0);
}

/* Makes the pair, marks it as ours, and hands one end into the jail. */
static bool
make_pair(struct host_job *job, int fd, struct error *e)
{
	char mark[64], name[IFNAMSIZ];
	struct ifreq ifr;

	pair_mark(mark, job->plan->id);
	memset(&ifr, 0, sizeof(ifr));
	pair_name(ifr.ifr_name, job->plan->uid, "");
	if (ioctl(fd, SIOCIFCREATE2, &ifr) != 0)
		return (fail_pair(e, ifr.ifr_name));
	pair_name(name, job->plan->uid, "a");
	(void)strlcpy(ifr.ifr_name, name, sizeof(ifr.ifr_name));
	ifr.ifr_buffer.buffer = mark;
	ifr.ifr_buffer.length = strlen(mark) + 1;
	if (ioctl(fd, SIOCSIFDESCR, &ifr) != 0)
		return (fail_pair(e, name));
	if (!join_bridge(fd, job->host->bridge, name))
		return (fail_pair(e, job->host->bridge));
	memset(&ifr, 0, sizeof(ifr));
	pair_name(ifr.ifr_name, job->plan->uid, "b");
	ifr.ifr_jid = job->jid;
	if (ioctl(fd, SIOCSIFVNET, &ifr) != 0)
		return (fail_pair(e, ifr.ifr_name));
	(void)strlcpy(job->net.inside, ifr.ifr_name, sizeof(job->net.inside));
	return (true);
}

bool
network_connect(struct host_job *job, const struct step *s, struct error *e)
{
	int fd;
	bool ok;

	if (job->jid < 0)
		return (fail(e, 0, step, s->text, "there is no jail"));
	if (strcmp(s->text, by_epair) != 0)
		return (give_addresses(job, e));
	if (!find_numbers(job, e))
		return (false);
	fd = socket(AF_LOCAL, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return (fail(e, errno, step, "socket", NULL));
	ok = make_pair(job, fd, e);
	(void)close(fd);
	return (ok);
}

/* Its text, "" for none; false: there is no such interface. */
static bool
read_mark(int fd, const char *name, char text[64])
{
	struct ifreq ifr;

	text[0] = '\0';
	memset(&ifr, 0, sizeof(ifr));
	(void)strlcpy(ifr.ifr_name, name, sizeof(ifr.ifr_name));
	ifr.ifr_buffer.buffer = text;
	ifr.ifr_buffer.length = 64;
	if (ioctl(fd, SIOCGIFDESCR, &ifr) != 0)
		return (false);
	if (ifr.ifr_buffer.buffer == NULL)
		text[0] = '\0';
	return (true);
}

/* The interface that has the mark; false: none has. */
static bool
find_marked(int fd, const char *mark, char name[IFNAMSIZ])
{
	struct if_nameindex *all, *i;
	bool found = false;
	char text[64];

	all = if_nameindex();
	for (i = all; i != NULL && i->if_index != 0 && !found; i++) {
		found =
		    read_mark(fd, i->if_name, text) && strcmp(text, mark) == 0;
		if (found)
			(void)strlcpy(name, i->if_name, IFNAMSIZ);
	}
	if_freenameindex(all);
	return (found);
}

/*
 * True when the pair of that uid is the job's: someone else's stays.
 * Without a mark and down it was made by a process that was killed before
 * it could mark it.
 */
static bool
is_ours(int fd, const char *mark, const char *name)
{
	struct ifreq ifr;
	char text[64];

	if (!read_mark(fd, name, text))
		return (false);
	memset(&ifr, 0, sizeof(ifr));
	(void)strlcpy(ifr.ifr_name, name, sizeof(ifr.ifr_name));
	return (strcmp(text, mark) == 0 ||
		(text[0] == '\0' && ioctl(fd, SIOCGIFFLAGS, &ifr) == 0 &&
		    (ifr.ifr_flags & IFF_UP) == 0));
}

bool
network_remove(const char *id, uid_t uid, struct error *e)
{
	char mark[64], name[IFNAMSIZ];
	struct ifreq ifr;
	bool found, ok = true;
	int fd;

	fd = socket(AF_LOCAL, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return (fail(e, errno, "remove link", "socket", NULL));
	pair_mark(mark, id);
	if (uid == (uid_t)-1) {
		found = find_marked(fd, mark, name);
	} else {
		pair_name(name, uid, "a");
		found = is_ours(fd, mark, name);
	}
	if (found) {
		memset(&ifr, 0, sizeof(ifr));
		(void)strlcpy(ifr.ifr_name, name, sizeof(ifr.ifr_name));
		ok = ioctl(fd, SIOCIFDESTROY, &ifr) == 0 || errno == ENXIO ||
		     fail(e, errno, "remove link", name, NULL);
	}
	(void)close(fd);
	return (ok);
}

/* ---- inside the jail ---- */

static struct sockaddr_in
address_of(uint32_t number)
{
	return ((struct sockaddr_in){ .sin_len = sizeof(struct sockaddr_in),
	    .sin_family = AF_INET,
	    .sin_addr = { .s_addr = htonl(number) } });
}

/* An address brings the interface up. */
static bool
set_address(int fd, const char *name, uint32_t address, uint32_t mask)
{
	struct sockaddr_in in;
	struct ifaliasreq alias;

	memset(&alias, 0, sizeof(alias));
	(void)strlcpy(alias.ifra_name, name, sizeof(alias.ifra_name));
	in = address_of(address);
	memcpy(&alias.ifra_addr, &in, sizeof(in));
	in = address_of(mask);
	memcpy(&alias.ifra_mask, &in, sizeof(in));
	return (ioctl(fd, SIOCAIFADDR, &alias) == 0);
}

static bool
set_gateway(uint32_t gateway)
{
	struct {
		struct rt_msghdr header;
		struct sockaddr_in to, by, mask;
	} m;
	ssize_t n;
	int fd;

	memset(&m, 0, sizeof(m));
	m.header.rtm_msglen = sizeof(m);
	m.header.rtm_version = RTM_VERSION;
	m.header.rtm_type = RTM_ADD;
	m.header.rtm_flags = RTF_UP | RTF_GATEWAY | RTF_STATIC;
	m.header.rtm_addrs = RTA_DST | RTA_GATEWAY | RTA_NETMASK;
	m.to = address_of(INADDR_ANY);
	m.by = address_of(gateway);
	m.mask = address_of(INADDR_ANY);
	fd = socket(PF_ROUTE, SOCK_RAW | SOCK_CLOEXEC, AF_INET);
	if (fd < 0)
		return (false);
	n = write(fd, &m, sizeof(m));
	(void)close(fd);
	return (n == (ssize_t)sizeof(m));
}

/*
 * A connection in TIME_WAIT keeps the jail dying, a minute by default; in a
 * network that ends with its build nothing can come late.  Not per network
 * before 15, and then refused.
 */
static void
shorten_time_wait(void)
{
	static const int milliseconds = 10;

	(void)sysctlbyname("net.inet.tcp.msl", NULL, NULL, &milliseconds,
	    sizeof(milliseconds));
	(void)sysctlbyname("net.inet.tcp.msl_local", NULL, NULL, &milliseconds,
	    sizeof(milliseconds));
}

bool
network_configure(const struct host_job *job, struct error *e)
{
	const char *what = "lo0";
	bool ok;
	int fd;

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ok = fd >= 0 && set_address(fd, what, INADDR_LOOPBACK, 0xff000000);
	if (ok && job->net.inside[0] != '\0') {
		what = job->net.inside;
		ok = set_address(fd, what, job->net.address, job->net.mask) &&
		     set_gateway(job->net.gateway);
	}
	if (!ok)
		(void)fail(e, errno, step, what, NULL);
	if (fd >= 0)
		(void)close(fd);
	shorten_time_wait();
	return (ok);
}
