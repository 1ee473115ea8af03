/* kqueue(2). */
#include <sys/types.h>
#include <sys/event.h>
#include <sys/time.h>

#include <atf-c.h>
#include <unistd.h>

#include "tests/mach/pollfd.h"

static int
watch(int fd, unsigned short flags)
{
	struct kevent change;
	int queue = kqueue();

	ATF_REQUIRE(queue != -1);
	EV_SET(&change, fd, EVFILT_READ, EV_ADD | flags, 0, 0, NULL);
	ATF_REQUIRE_EQ(0, kevent(queue, &change, 1, NULL, 0, NULL));
	return (queue);
}

bool
poll_edge_wait(int queue, int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };
	struct kevent event;

	return (kevent(queue, NULL, 0, &event, 1, &ts) == 1);
}

static bool
level(int fd, int ms)
{
	int queue = watch(fd, 0);
	bool ready = poll_edge_wait(queue, ms);

	/* And it says so as often as it is asked. */
	if (ready)
		ready = poll_edge_wait(queue, 0);
	close(queue);
	return (ready);
}

const struct poll_way poll_way_host = { "kqueue", level };

int
poll_edge_open(int fd)
{
	return (watch(fd, EV_CLEAR));
}
