/* What a process inherited, and what it did not. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/fail.h"

/* The lowest of the list that is at least `from`; UINT_MAX: none. */
static unsigned
next_of(const int *fds, size_t n, unsigned from)
{
	unsigned lowest = UINT_MAX;
	size_t i;

	for (i = 0; i < n; i++) {
		if (fds[i] >= 0 && (unsigned)fds[i] >= from &&
		    (unsigned)fds[i] < lowest)
			lowest = (unsigned)fds[i];
	}
	return (lowest);
}

bool
descriptors_close_except(const int *fds, size_t n, struct error *e)
{
	unsigned from = 3, kept;

	for (;;) {
		kept = next_of(fds, n, from);
		if (kept > from &&
		    close_range(from, kept == UINT_MAX ? kept : kept - 1, 0) !=
			0)
			return (
			    fail(e, errno, "close descriptors", NULL, NULL));
		if (kept == UINT_MAX)
			return (true);
		from = kept + 1;
	}
}

bool
descriptors_standard(void)
{
	int fd;

	for (fd = 0; fd <= 2; fd++) {
		/* The lowest is taken: `fd` itself. */
		if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", O_RDWR) == -1)
			return (false);
	}
	return (true);
}
