/*
 * What FreeBSD tells of itself: sysctl(3).
 */
#include <sys/types.h>
#include <sys/resource.h>
#include <sys/sysctl.h>
#include <sys/user.h>
#include <string.h>
#include <unistd.h>

#include "mach/os/info.h"
#include "mach/os/user/user.h"

/* CPU_STATE_* of <mach/machine.h>; <sys/user.h> does not go with it. */
enum { STATE_USER, STATE_SYSTEM, STATE_IDLE, STATE_NICE };

bool
info_process(uint64_t *virtual_size, uint64_t *resident_size)
{
	int mib[4] = { CTL_KERN, KERN_PROC, KERN_PROC_PID, getpid() };
	struct kinfo_proc p;
	size_t size = sizeof(p);

	if (sysctl(mib, 4, &p, &size, NULL, 0) != 0 || size != sizeof(p))
		return (false);
	*virtual_size = p.ki_size;
	*resident_size =
	    (uint64_t)p.ki_rssize * (uint64_t)sysconf(_SC_PAGESIZE);
	return (true);
}

/* Counters are of 32 or of 64 bits, by release. */
static uint64_t
number(const char *name)
{
	uint64_t value = 0;
	uint32_t half;
	size_t size = sizeof(value);

	if (sysctlbyname(name, &value, &size, NULL, 0) != 0)
		return (0);
	if (size == sizeof(half)) {
		memcpy(&half, &value, sizeof(half));
		return (half);
	}
	return (value);
}

bool
info_memory(struct info_memory *m)
{
	memset(m, 0, sizeof(*m));
	m->free = number("vm.stats.vm.v_free_count");
	m->active = number("vm.stats.vm.v_active_count");
	m->inactive = number("vm.stats.vm.v_inactive_count") +
		      number("vm.stats.vm.v_laundry_count");
	m->wired = number("vm.stats.vm.v_wire_count");
	m->zero_fills = number("vm.stats.vm.v_zfod");
	m->reactivations = number("vm.stats.vm.v_reactivated");
	m->faults = number("vm.stats.vm.v_vm_faults");
	m->cow_faults = number("vm.stats.vm.v_cow_faults");
	m->swapins = number("vm.stats.vm.v_swappgsin");
	m->swapouts = number("vm.stats.vm.v_swappgsout");
	m->pageins = m->swapins + number("vm.stats.vm.v_vnodepgsin");
	m->pageouts = m->swapouts + number("vm.stats.vm.v_vnodepgsout");
	return (m->free != 0);
}

bool
info_ticks(uint64_t ticks[4])
{
	long times[CPUSTATES];
	size_t size = sizeof(times);

	if (sysctlbyname("kern.cp_time", times, &size, NULL, 0) != 0)
		return (false);
	ticks[STATE_USER] = (uint64_t)times[CP_USER];
	ticks[STATE_NICE] = (uint64_t)times[CP_NICE];
	ticks[STATE_SYSTEM] = (uint64_t)(times[CP_SYS] + times[CP_INTR]);
	ticks[STATE_IDLE] = (uint64_t)times[CP_IDLE];
	return (true);
}
