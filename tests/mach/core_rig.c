/*
 * Tasks and traps on the smallest host (core_host.h).
 */
#include <stdlib.h>

#include "tests/mach/core_host.h"

struct ipc_host *core_host;

void
core_begin(void)
{
	struct ipc_limits limits = { .names = 2000,
		.uid_names = 1 << 20,
		.task_bytes = 1 << 20,
		.uid_bytes = 1 << 20 };

	core_host = ipc_host_create(&limits);
	ATF_REQUIRE(core_host != NULL);
}

void
core_end(void)
{
	int i;

	ipc_host_destroy(core_host);
	for (i = 0; i < IPC_MEM_KINDS; i++)
		ATF_CHECK_MSG(user_mem_bytes[i] == 0,
		    "%llu bytes of kind %d are left",
		    (unsigned long long)user_mem_bytes[i], i);
	IS(0, core_mapped);
}

struct side *
core_task(void)
{
	return (core_task_of(0));
}

struct side *
core_task_of(uint32_t uid)
{
	struct ipc_credentials c = { .pid = 7, .euid = uid, .ruid = uid };
	struct side *side = calloc(1, sizeof(*side));

	ATF_REQUIRE(side != NULL);
	side->task = ipc_task_create(core_host, NULL, &c);
	ATF_REQUIRE(side->task != NULL);
	side->thread = ipc_thread_create(side->task);
	side->second = ipc_thread_create(side->task);
	ATF_REQUIRE(side->thread != NULL && side->second != NULL);
	side->self = (mach_port_name_t)core_trap(side, 28, NULL, 0);
	side->host = (mach_port_name_t)core_trap(side, 29, NULL, 0);
	return (side);
}

/* Of one whose task has ended already, too. */
void
core_task_end(struct side *side)
{
	if (!side->task->dead)
		ipc_task_destroy(side->task);
	ipc_thread_destroy(side->thread);
	ipc_thread_destroy(side->second);
	free(side);
}

int32_t
core_trap(struct side *side, int number, const uint64_t *args, unsigned int n)
{
	if (!ipc_trap_call(side->thread, number, args, n, &side->call))
		return (CORE_PARKED);
	return ((int32_t)side->call.result);
}

int32_t
core_second(struct side *side, int number, const uint64_t *args, unsigned int n)
{
	if (!ipc_trap_call(side->second, number, args, n, &side->second_call))
		return (CORE_PARKED);
	return ((int32_t)side->second_call.result);
}

int32_t
core_resume(struct side *side)
{
	if (!ipc_resume(side->thread))
		return (CORE_PARKED);
	return ((int32_t)side->call.result);
}

/*
 * Names
 */

mach_port_name_t
core_port(struct side *side, bool send)
{
	mach_port_options_t o = { .flags = send ? MPO_INSERT_SEND_RIGHT : 0 };
	mach_port_name_t name = MACH_PORT_NULL;

	ATF_REQUIRE_EQ(KERN_SUCCESS,
	    TRAP(side, 24, side->self, (uintptr_t)&o, 0, (uintptr_t)&name));
	return (name);
}

mach_port_name_t
core_set(struct side *side)
{
	mach_port_name_t name = MACH_PORT_NULL;

	ATF_REQUIRE_EQ(
	    KERN_SUCCESS, TRAP(side, 16, side->self, MACH_PORT_RIGHT_PORT_SET,
			      (uintptr_t)&name));
	return (name);
}

mach_port_type_t
core_type(struct side *side, mach_port_name_t name)
{
	mach_port_type_t type = 0;
	uint32_t urefs;

	(void)ipc_right_info(side->task->space, name, &type, &urefs);
	return (type);
}

uint32_t
core_names(struct side *side)
{
	return (side->task->space->used);
}

int32_t
core_send(struct side *side, mach_port_name_t to, uint32_t disposition)
{
	mach_msg_header_t h = { 0 };

	h.msgh_bits = MACH_MSGH_BITS(disposition, 0);
	h.msgh_remote_port = to;
	h.msgh_id = 77;
	return (TRAP(side, 31, (uintptr_t)&h, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
	    sizeof(h), 0, 0, 0, 0));
}

int
core_receive(struct side *side, mach_port_name_t from)
{
	union {
		mach_msg_header_t header;
		uint8_t room[512];
	} msg;

	memset(&msg, 0, sizeof(msg));
	if (TRAP(side, 31, (uintptr_t)&msg, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
		sizeof(msg), from, 0, 0) != MACH_MSG_SUCCESS)
		return (-1);
	return (msg.header.msgh_id);
}

mach_port_name_t
core_give(struct side *from, mach_port_name_t name, uint32_t disposition,
    struct side *to)
{
	struct ipc_right right;
	mach_port_name_t there = MACH_PORT_NULL;

	ATF_REQUIRE_EQ(KERN_SUCCESS,
	    ipc_right_take(from->task->space, name, disposition, 0, &right));
	ATF_REQUIRE_EQ(
	    KERN_SUCCESS, ipc_right_put(to->task->space, right, &there));
	return (there);
}
