/*
 * What sysctl(3) tells of the server.
 */
#include <sys/types.h>
#include <sys/sysctl.h>
#include <sys/user.h>

#include <stdlib.h>
#include <unistd.h>

#include "tests/mach/hostile.h"

struct served
server_look(void)
{
	int proc[] = { CTL_KERN, KERN_PROC, KERN_PROC_PID, (int)server_pid() };
	int files[] = { CTL_KERN, KERN_PROC, KERN_PROC_NFDS,
		(int)server_pid() };
	struct kinfo_proc k;
	size_t size = sizeof(k), nsize = sizeof(int);
	struct served s = { 0 };
	int n = 0;

	if (sysctl(proc, 4, &k, &size, NULL, 0) == 0) {
		s.threads = (unsigned)k.ki_numthreads;
		s.rss_kb = (unsigned long)k.ki_rssize *
			   (unsigned long)(getpagesize() / 1024);
	}
	if (sysctl(files, 4, &n, &nsize, NULL, 0) == 0)
		s.fds = (unsigned)n;
	return (s);
}

bool
hostile_program(char *path, size_t size)
{
	int self[] = { CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, -1 };

	return (sysctl(self, 4, path, &size, NULL, 0) == 0);
}
