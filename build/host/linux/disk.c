/* What is in use of the file system that a directory is on. */
#include <sys/statfs.h>

#include "build/host.h"

int64_t
host_disk_used(int directory_fd)
{
	struct statfs st;

	if (fstatfs(directory_fd, &st) == -1 || st.f_blocks == 0)
		return (-1);
	return ((int64_t)(st.f_blocks - st.f_bfree) * (int64_t)st.f_bsize);
}
