/* Records between the executor and the processes that it starts. */
#include <errno.h>
#include <unistd.h>

#include "build/report.h"

bool
report_write(int fd, const struct report *r)
{
	ssize_t n;

	do
		n = write(fd, r, sizeof(*r));
	while (n < 0 && errno == EINTR);
	return (n == (ssize_t)sizeof(*r));
}

int
report_read(int fd, struct report *r)
{
	ssize_t n;

	do
		n = read(fd, r, sizeof(*r));
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(*r))
		return (1);
	if (n < 0 && errno == EAGAIN)
		return (0);
	if (n >= 0)
		errno = n == 0 ? 0 : EBADMSG;
	return (-1);
}
