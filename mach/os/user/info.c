/*
 * What all systems tell of the machine in the same way.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "mach/os/info.h"
#include "mach/os/user/calls.h"

void
info_machine(struct info_machine *m)
{
	m->cpus = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	m->cpus_max = (uint32_t)sysconf(_SC_NPROCESSORS_CONF);
	/* Threads of a core are not told apart: each is a processor. */
	m->cores = m->cpus;
	m->cores_max = m->cpus_max;
	m->page_size = (uint32_t)sysconf(_SC_PAGESIZE);
	m->memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * m->page_size;
}

bool
info_load(uint32_t load[3])
{
	double average[3];
	int i;

	if (getloadavg(average, 3) != 3)
		return (false);
	for (i = 0; i < 3; i++)
		load[i] = (uint32_t)(average[i] * 1000);
	return (true);
}

/* (host, version) */
kern_return_t
user_host_kernel_version(struct ipc_call *call)
{
	struct utsname u;

	if (uname(&u) != 0)
		return (KERN_FAILURE);
	(void)snprintf(call->arg[1].v.data, call->arg[1].size, "%s %s %s",
	    u.sysname, u.release, u.version);
	return (KERN_SUCCESS);
}

/* (host, *size) */
kern_return_t
user_host_page_size(struct ipc_call *call)
{
	call->arg[1].v.u = (uint64_t)sysconf(_SC_PAGESIZE);
	return (KERN_SUCCESS);
}
