/*
 * A FIFO beside the socket, that its server has open to read: who opens it to
 * write learns of that, and nothing is left of it when the server ends.  Who
 * may read it could seem to be the server: others write only, and what they
 * write nobody reads.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "mach/os/user/alive.h"

struct name {
	char of[1024];
};

static struct name
name_of(const char *path)
{
	struct name name;

	snprintf(name.of, sizeof(name.of), "%s.alive", path);
	return (name);
}

bool
alive_show(const char *path, bool to_all)
{
	static int kept = -1;
	struct name fifo = name_of(path);

	(void)unlink(fifo.of);
	if (mkfifo(fifo.of, 0600) != 0)
		return (false);
	kept = open(fifo.of, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return (kept != -1 && chmod(fifo.of, to_all ? 0622 : 0600) == 0);
}

void
alive_end(const char *path)
{
	(void)unlink(name_of(path).of);
}

bool
alive_is(const char *path)
{
	int fd, error = errno;

	fd = open(
	    name_of(path).of, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (fd != -1)
		close(fd);
	errno = error;
	return (fd != -1);
}
