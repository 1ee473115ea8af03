/*
 * Another task's memory: the server says whose it is, the system whether this
 * process may.
 */
#include <errno.h>
#include <mach/kern_return.h>
#include <mach/mach_init.h>

#include "mach/client/client.h"
#include "mach/os/user/memory.h"

static void
build(struct server_call *call, const struct server_build *b)
{
	server_segment(call, b->args[1], sizeof(uint32_t), 0);
}

/* The process that has the task now. */
static kern_return_t
process_of(struct server_channel *channel, uint64_t name, uint32_t *pid)
{
	uint64_t args[2] = { name, MACH_PTR(pid) };
	struct server_build b = { build, NULL, MACH_CHANNEL_TASK, args, 2 };

	return ((kern_return_t)server_make(channel, &b));
}

static kern_return_t
kr_of(int error)
{
	switch (error) {
	case 0:
		return (KERN_SUCCESS);
	case EPERM:
		return (KERN_NO_ACCESS);
	case ESRCH:
		return (KERN_TERMINATED);
	case ENOSYS:
		return (KERN_NOT_SUPPORTED);
	case ENOMEM:
		return (KERN_RESOURCE_SHORTAGE);
	default:
		return (KERN_INVALID_ADDRESS);
	}
}

/*
 * It has had the task all the while when it has it before and after: its
 * number was nobody else's.
 */
static kern_return_t
transfer(struct server_channel *channel, uint64_t name, bool write,
    uint64_t there, uint64_t here, uint64_t size)
{
	uint32_t pid, after;
	kern_return_t kr;

	if (there + size < there)
		return (KERN_INVALID_ADDRESS);
	kr = process_of(channel, name, &pid);
	if (kr == KERN_SUCCESS)
		kr = kr_of(
		    memory_os_other((pid_t)pid, write, there, here, size));
	if (kr == KERN_SUCCESS)
		kr = process_of(channel, name, &after);
	if (kr == KERN_SUCCESS && after != pid)
		kr = KERN_TERMINATED;
	return (kr);
}

/* (task, address, size, *data, *count): a copy, anywhere. */
static kern_return_t
read_new(struct server_channel *channel, const uint64_t *a)
{
	const struct memory_place anywhere = { 0 };
	uint64_t start, length = 0, to = 0;
	uint32_t count = (uint32_t)a[2];
	kern_return_t kr;

	if (a[3] == 0 || a[4] == 0)
		return (KERN_INVALID_ADDRESS);
	if (a[2] > UINT32_MAX ||
	    (count != 0 && !memory_pages(0, count, &start, &length)))
		return (KERN_INVALID_ARGUMENT);
	if (length != 0) {
		kr = memory_create(&anywhere, length, &to);
		if (kr != KERN_SUCCESS)
			return (kr);
	}
	kr = transfer(channel, a[0], false, a[1], to, count);
	if (kr != KERN_SUCCESS) {
		if (length != 0)
			(void)memory_destroy(to, length);
		return (kr);
	}
	if (memory_os_copy(a[3], MACH_PTR(&to), sizeof(to)) &&
	    memory_os_copy(a[4], MACH_PTR(&count), sizeof(count)))
		return (KERN_SUCCESS);
	if (length != 0)
		(void)memory_destroy(to, length);
	return (KERN_INVALID_ADDRESS);
}

bool
server_is_other(int number)
{
	return (number == 4804 || number == 4806 || number == 4808);
}

uint64_t
server_trap_other(struct server_channel *channel, int number, const uint64_t *a)
{
	kern_return_t kr;

	if (number == 4804)
		return ((uint64_t)(int64_t)read_new(channel, a));
	/* (task, address, data, count) */
	if (number == 4806)
		return ((uint64_t)(int64_t)transfer(
		    channel, a[0], true, a[1], a[2], (uint32_t)a[3]));
	/* (task, address, size, data, *size) */
	if (a[4] == 0)
		return (KERN_INVALID_ADDRESS);
	kr = transfer(channel, a[0], false, a[1], a[3], a[2]);
	if (kr == KERN_SUCCESS &&
	    !memory_os_copy(a[4], MACH_PTR(&a[2]), sizeof(a[2])))
		kr = KERN_INVALID_ADDRESS;
	return ((uint64_t)(int64_t)kr);
}
