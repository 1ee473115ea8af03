/* Which boot this is. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "build/host.h"

/* A random UUID and a line end: random(4), /proc/sys/kernel/random. */
const char *
host_boot(char buf[64])
{
	ssize_t n = -1;
	int fd;

	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, buf, 63);
		(void)close(fd);
	}
	buf[n > 0 ? n : 0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return (buf);
}
