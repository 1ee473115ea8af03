/* Which boot this is: unknown. */
#include "build/host.h"

const char *
host_boot(char buf[64])
{
	buf[0] = '\0';
	return (buf);
}
