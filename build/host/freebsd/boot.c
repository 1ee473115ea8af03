/* Which boot this is. */
#include <sys/types.h>
#include <sys/sysctl.h>

#include <stdio.h>

#include "build/host.h"

/*
 * kern.boot_id: 16 random bytes, made when they are first asked for
 * (sys/kern/kern_mib.c).  Not kern.boottime: that moves whenever the clock is
 * set.  A kernel without it leaves the boot unknown.
 */
const char *
host_boot(char buf[64])
{
	unsigned char id[16];
	size_t i, len = sizeof(id);

	buf[0] = '\0';
	if (sysctlbyname("kern.boot_id", id, &len, NULL, 0) != 0 ||
	    len != sizeof(id))
		return (buf);
	for (i = 0; i < sizeof(id); i++)
		(void)snprintf(buf + 2 * i, 3, "%02x", id[i]);
	return (buf);
}
