/* Records between the executor and the processes that it starts. */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "build/report.h"

bool
report_write(int fd, const struct report *r)
{
	size_t done = 0;
	ssize_t n;

	while (done < sizeof(*r)) {
		n = write(fd, (const char *)r + done, sizeof(*r) - done);
		if (n < 0 && errno != EINTR)
			return (false);
		if (n > 0)
			done += (size_t)n;
	}
	return (true);
}

int
report_read(int fd, struct report *r)
{
	struct pollfd wait = { fd, POLLIN, 0 };
	size_t have = 0;
	ssize_t n;

	while (have < sizeof(*r)) {
		n = read(fd, (char *)r + have, sizeof(*r) - have);
		if (n > 0) {
			have += (size_t)n;
		} else if (n == 0) {
			errno = have == 0 ? 0 : EBADMSG;
			return (-1);
		} else if (errno == EAGAIN && have == 0) {
			return (0);
		} else if (errno == EAGAIN) {
			/* The writer, one of ours, is in its write(2). */
			(void)poll(&wait, 1, -1);
		} else if (errno != EINTR) {
			return (-1);
		}
	}
	return (1);
}
