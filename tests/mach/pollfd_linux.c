/* epoll(7). */
#include <atf-c.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tests/mach/pollfd.h"

static int
watch(int fd, uint32_t events)
{
	struct epoll_event event = { .events = events };
	int queue = epoll_create1(EPOLL_CLOEXEC);

	ATF_REQUIRE(queue != -1);
	ATF_REQUIRE_EQ(0, epoll_ctl(queue, EPOLL_CTL_ADD, fd, &event));
	return (queue);
}

bool
poll_edge_wait(int queue, int ms)
{
	struct epoll_event event;
	int n = epoll_wait(queue, &event, 1, ms);

	return (n == 1 && event.events & EPOLLIN);
}

static bool
level(int fd, int ms)
{
	int queue = watch(fd, EPOLLIN);
	bool ready = poll_edge_wait(queue, ms);

	/* And it says so as often as it is asked. */
	if (ready)
		ready = poll_edge_wait(queue, 0);
	close(queue);
	return (ready);
}

const struct poll_way poll_way_host = { "epoll", level };

int
poll_edge_open(int fd)
{
	return (watch(fd, EPOLLIN | EPOLLET));
}
