/*
 * Name servers for a build with network.  The host's are copied, except
 * those on its loopback, which the build must not reach.  When there are no
 * others (systemd-resolved, dnsmasq), the servers behind systemd-resolved
 * are named; failing that, queries go to an address that the helper forwards
 * to the host's resolver: port 53 of it is then the one loopback service
 * within reach.
 */
#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "build/host/linux/network.h"

#define SERVERS_MAX 3 /* resolv.conf(5): MAXNS */

const char *const network_resolv_files[] = { "/etc/resolv.conf",
	"/run/systemd/resolve/resolv.conf", NULL };

const char *
network_forward_address(const char *means)
{
	/* slirp4netns(1) has one; for pasta any that is nobody else's. */
	return (strcmp(means, "pasta") == 0 ? "169.254.1.1" : "10.0.2.3");
}

/* An address without a scope, and not of the loopback. */
static bool
server_usable(const char *address)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (inet_pton(AF_INET, address, &v4) == 1)
		return ((ntohl(v4.s_addr) >> 24) != 127 && v4.s_addr != 0);
	if (inet_pton(AF_INET6, address, &v6) != 1)
		return (false);
	return (!IN6_IS_ADDR_LOOPBACK(&v6) && !IN6_IS_ADDR_UNSPECIFIED(&v6) &&
		!IN6_IS_ADDR_LINKLOCAL(&v6) && !IN6_IS_ADDR_V4MAPPED(&v6));
}

/* Adds what can be used of a file; the number of name servers. */
static int
resolv_copy(const char *file, struct text *out, struct text *other)
{
	char line[1024], key[16], value[256];
	int servers = 0;
	FILE *in;

	in = fopen(file, "re");
	if (in == NULL)
		return (0);
	while (fgets(line, sizeof(line), in) != NULL) {
		if (sscanf(line, "%15s %255s", key, value) != 2)
			continue;
		if (strcmp(key, "nameserver") == 0 && servers < SERVERS_MAX &&
		    server_usable(value)) {
			text_addf(out, "nameserver %s\n", value);
			servers++;
		} else if (strcmp(key, "search") == 0 ||
			   strcmp(key, "domain") == 0 ||
			   strcmp(key, "options") == 0)
			text_addf(
			    other, "%.*s\n", (int)strcspn(line, "\n"), line);
	}
	fclose(in);
	return (servers);
}

char *
network_resolv_from(const char *const *files, const char *means, bool *forward)
{
	struct text servers = { 0 }, other = { 0 };

	*forward = false;
	for (; *files != NULL; files++) {
		text_clear(&other);
		if (resolv_copy(*files, &servers, &other) > 0)
			break;
	}
	if (*files == NULL) {
		*forward = true;
		text_addf(&servers, "nameserver %s\n",
		    network_forward_address(means));
	}
	text_add(&servers, text_string(&other));
	if (other.failed)
		servers.failed = true;
	text_clear(&other);
	return (text_take(&servers));
}

char *
network_resolv(const char *means)
{
	bool forward;

	return (network_resolv_from(network_resolv_files, means, &forward));
}
