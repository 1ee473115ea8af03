/*
 * The network stack of a FreeBSD jail: what stands in the place of a network
 * namespace.
 */
#include "survey/probe/area_namespace.h"

#if defined(__FreeBSD__)

#include <sys/param.h>
#include <sys/ioctl.h>
#include <sys/jail.h>
#include <sys/socket.h>

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Enters a jail with a network stack of its own; false with the answer. */
static bool
enter_vnet(const struct probe_context *ctx, struct probe_answer *why)
{
	char errmsg[UTIL_ERRMSG_SIZE];
	int vnet;

	if (util_sysctl("kern.features.vimage", 0) == 0) {
		*why = probe_absent("a kernel without VIMAGE");
		return (false);
	}
	vnet = JAIL_SYS_NEW;
	if (util_jail(JAIL_CREATE | JAIL_ATTACH, errmsg,
		(struct util_param[]){
		    { "name", probe_jail_name(ctx, 0), UTIL_STRING },
		    { "path", "/", UTIL_STRING },
		    { "vnet", &vnet, sizeof(vnet) }, { NULL, NULL, 0 } }) < 0) {
		*why = probe_errno(errno, "jail_set(vnet): %.120s", errmsg);
		return (false);
	}
	return (true);
}

PROBE(ns_vnet)
{
	struct probe_answer why;
	struct if_nameindex *list;
	unsigned others;
	bool loopback;

	if (!enter_vnet(ctx, &why))
		return (why);
	list = if_nameindex();
	if (list == NULL)
		return (probe_errno(errno, "if_nameindex"));
	loopback = false;
	others = 0;
	for (struct if_nameindex *i = list; i->if_index != 0; i++)
		if (strcmp(i->if_name, "lo0") == 0)
			loopback = true;
		else
			others++;
	if_freenameindex(list);
	if (!loopback || others != 0)
		return (probe_wrong("%s lo0 and %u other interfaces",
		    loopback ? "" : "no", others));
	return (probe_ok("lo0 alone"));
}

PROBE(ns_vnet_loopback)
{
	struct probe_answer why;
	struct sockaddr_in in;
	struct ifaliasreq alias;
	socklen_t len;
	int client, fd, server;

	if (!enter_vnet(ctx, &why))
		return (why);
	memset(&in, 0, sizeof(in));
	in.sin_len = sizeof(in);
	in.sin_family = AF_INET;
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	memset(&alias, 0, sizeof(alias));
	strlcpy(alias.ifra_name, "lo0", sizeof(alias.ifra_name));
	memcpy(&alias.ifra_addr, &in, sizeof(in));
	/* An address brings the interface up, ifconfig(8). */
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || ioctl(fd, SIOCAIFADDR, &alias) != 0)
		return (probe_errno(errno, "ioctl(SIOCAIFADDR, lo0)"));
	server = socket(AF_INET, SOCK_STREAM, 0);
	len = sizeof(in);
	if (server < 0 || bind(server, (struct sockaddr *)&in, len) != 0 ||
	    listen(server, 1) != 0 ||
	    getsockname(server, (struct sockaddr *)&in, &len) != 0)
		return (probe_errno(errno, "listen on 127.0.0.1"));
	client = socket(AF_INET, SOCK_STREAM, 0);
	return (util_done(connect(client, (struct sockaddr *)&in, sizeof(in)),
	    "connect to 127.0.0.1"));
}

PROBE(ns_vnet_ip4)
{
	char errmsg[UTIL_ERRMSG_SIZE];
	struct in_addr address;
	int mode, jid;

	if (util_sysctl("kern.features.vimage", 0) == 0)
		return (probe_absent("a kernel without VIMAGE"));
	mode = JAIL_SYS_NEW;
	address.s_addr = htonl(INADDR_LOOPBACK);
	jid = util_jail(JAIL_CREATE | JAIL_ATTACH, errmsg,
	    (struct util_param[]){
		{ "name", probe_jail_name(ctx, 0), UTIL_STRING },
		{ "path", "/", UTIL_STRING }, { "vnet", &mode, sizeof(mode) },
		{ "ip4.addr", &address, sizeof(address) }, { NULL, NULL, 0 } });
	if (jid >= 0)
		return (probe_wrong("both were taken"));
	return (errno == EINVAL
		    ? probe_ok("EINVAL: %.120s", errmsg)
		    : probe_errno(errno, "jail_set: %.120s", errmsg));
}

#else
typedef int area_namespace_vnet_is_empty_here;
#endif
