/*
 * mach_vm_* without a library, and a child whose memory is looked into.
 */
#ifndef ISTHMUS_TESTS_FREEBSD_MACH_VM_H
#define ISTHMUS_TESTS_FREEBSD_MACH_VM_H

#include <sys/types.h>
#include <sys/mman.h>

#include <mach/memory_object_types.h>
#include <mach/vm_inherit.h>
#include <mach/vm_prot.h>
#include <mach/vm_region.h>
#include <mach/vm_statistics.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "case.h"

#define PAGE 4096u
#define SIZE (64u * PAGE)
#define SELF raw_self()

static inline uint64_t
vm_allocate_in(mach_port_name_t task, uint64_t *at, uint64_t size)
{
	return (RAW(10, task, PTR(at), size, VM_FLAGS_ANYWHERE));
}

static inline uint64_t
vm_read_of(mach_port_name_t task, uint64_t at, void *to, uint64_t size)
{
	uint64_t got = 0;

	return (RAW(4808, task, at, size, PTR(to), PTR(&got)));
}

static inline uint64_t
vm_write_to(mach_port_name_t task, uint64_t at, const void *data, uint32_t size)
{
	return (RAW(4806, task, at, PTR(data), size));
}

static inline uint64_t
vm_remap_to(mach_port_name_t to, uint64_t *at, uint64_t size,
    mach_port_name_t from, uint64_t source, bool copy, uint32_t *prot)
{
	uint32_t most = 0;
	uint64_t kr;

	kr = RAW(4813, to, PTR(at), size, 0, VM_FLAGS_ANYWHERE, from, source,
	    copy, PTR(prot), PTR(&most), VM_INHERIT_DEFAULT);
	prot[1] = most;
	return (kr);
}

static inline uint64_t
vm_entry_of(mach_port_name_t task, uint64_t at, uint64_t *size,
    uint32_t permission, mach_port_name_t *entry)
{
	return (RAW(4817, task, PTR(size), at, permission, PTR(entry), 0));
}

static inline uint64_t
vm_map_entry_in(mach_port_name_t task, uint64_t *at, uint64_t size,
    mach_port_name_t entry, bool copy, uint32_t prot)
{
	*at = 0;
	return (RAW(4811, task, PTR(at), size, 0, VM_FLAGS_ANYWHERE, entry, 0,
	    copy, prot, prot, VM_INHERIT_DEFAULT));
}

static inline mach_port_name_t
vm_task_of(pid_t pid)
{
	mach_port_name_t task = 0;

	ATF_REQUIRE_EQ(0, RAW(45, SELF, (uint64_t)pid, PTR(&task)));
	return (task);
}

static inline char *
vm_pages(uint64_t size, int flags)
{
	char *p =
	    mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_ANON, -1, 0);

	ATF_REQUIRE(p != MAP_FAILED);
	return (p);
}

static inline bool
vm_filled(const void *at, size_t size, int with)
{
	const unsigned char *p = at;
	size_t i;

	for (i = 0; i < size; i++) {
		if (p[i] != (unsigned char)with)
			return (false);
	}
	return (true);
}

/* Steps that a child waits for, in memory that is shared with it. */
static volatile int *vm_step;

static inline void
vm_wait(int step)
{
	int i;

	for (i = 0; i < 30000 && *vm_step < step; i++)
		usleep(1000);
	if (*vm_step < step)
		_exit(9);
}

/* A child that runs `body`, whose result is its status; and its task. */
static inline pid_t
vm_child(int (*body)(void), mach_port_name_t *task)
{
	pid_t pid;

	if (vm_step == NULL)
		vm_step = (volatile int *)(void *)vm_pages(PAGE, MAP_SHARED);
	*vm_step = 0;
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		(void)raw_self();
		_exit(body());
	}
	if (task != NULL)
		*task = vm_task_of(pid);
	return (pid);
}

static inline void
vm_kill(pid_t pid)
{
	int status = 0;

	ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK_MSG(WIFSIGNALED(status), "it had ended: %#x", status);
}

#endif
