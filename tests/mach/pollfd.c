/* What the tests of descriptors of ports share. */
#include <sys/select.h>

#include <fcntl.h>
#include <poll.h>

#include <isthmus/mach_pollfd.h>

#include "tests/mach/pollfd.h"

bool
poll_way_poll(int fd, int ms)
{
	struct pollfd p = { fd, POLLIN, 0 };

	return (poll(&p, 1, ms) == 1 && p.revents & POLLIN);
}

/* At its end, a descriptor may be said to be that alone. */
bool
poll_way_any(int fd, int ms)
{
	struct pollfd p = { fd, POLLIN, 0 };

	return (poll(&p, 1, ms) == 1);
}

bool
poll_way_select(int fd, int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	return (select(fd + 1, &set, NULL, NULL, &tv) == 1);
}

void
poll_shows(bool expected, int fd, int line)
{
	const struct poll_way ways[] = { { "poll", poll_way_poll },
		{ "select", poll_way_select }, poll_way_host };
	size_t i;

	for (i = 0; i < 3; i++)
		ATF_CHECK_MSG(ways[i].ready(fd, 0) == expected, "line %d: %s",
		    line, ways[i].name);
}

int
poll_follow(mach_port_name_t name)
{
	kern_return_t kr;
	int fd = -1;

	kr = mach_port_pollfd(SELF, name, &fd);
	if (kr == KERN_NOT_SUPPORTED)
		atf_tc_skip("this host has no descriptors of ports");
	ATF_REQUIRE_EQ(KERN_SUCCESS, kr);
	ATF_REQUIRE(fd >= 0);
	return (fd);
}

int
poll_open_count(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 2000; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return (n);
}
