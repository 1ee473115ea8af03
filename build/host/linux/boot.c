/* Which boot this is. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "build/host.h"

/*
 * A random UUID and a line end: random(4), /proc/sys/kernel/random.  Read
 * once: it is asked for at the start and for each job.
 */
const char *
host_boot(char buf[64])
{
	static _Thread_local char boot[64];
	ssize_t n = -1;
	int fd = -1;

	if (boot[0] == '\0')
		fd = open(
		    "/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, boot, sizeof(boot) - 1);
		(void)close(fd);
		boot[n > 0 ? n : 0] = '\0';
		boot[strcspn(boot, "\n")] = '\0';
	}
	memcpy(buf, boot, sizeof(boot));
	return (buf);
}
