/*
 * Raw message buffers: whatever bytes a task sends, with whatever sizes and
 * options, to ports of its own; then all is received, and nothing may be left.
 */
#include <stdlib.h>
#include <string.h>

#include "mach/os/user/user.h"
#include "tests/fuzz/mach_host.h"

#define NAMES 4 /* 0x103, 0x203, ...: what a fresh space hands out */

static uint64_t
trap(struct ipc_thread *thread, struct ipc_call *call, int number, uint64_t a,
    uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
	uint64_t args[8] = { a, b, c, d, e, f, 0, 0 };

	if (!ipc_trap_call(thread, number, args, 8, call)) {
		ipc_cancel(thread, IPC_CANCEL_TIMEOUT);
		while (!ipc_resume(thread))
			ipc_cancel(thread, IPC_CANCEL_TIMEOUT);
	}
	return (call->result);
}

/* A task with its port (0x103), two ports, a set, a dead name. */
static struct ipc_thread *
begin(struct ipc_host *host, struct ipc_task **task)
{
	static const struct ipc_credentials nobody = { .ruid = 1 };
	struct ipc_thread *thread;
	struct ipc_call call;
	uint64_t self, i;

	*task = ipc_task_create(host, NULL, &nobody);
	thread = ipc_thread_create(*task);
	self = trap(thread, &call, 28, 0, 0, 0, 0, 0, 0);
	for (i = 0; i < NAMES; i++) {
		trap(thread, &call, 16, self,
		    i == 2   ? MACH_PORT_RIGHT_PORT_SET
		    : i == 3 ? MACH_PORT_RIGHT_DEAD_NAME
			     : MACH_PORT_RIGHT_RECEIVE,
		    ARENA_START, 0, 0, 0);
		if (i < 2)
			trap(thread, &call, 21, self, (i + 2) << 8 | 3,
			    (i + 2) << 8 | 3, MACH_MSG_TYPE_MAKE_SEND, 0, 0);
	}
	return (thread);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ipc_host *host;
	struct ipc_thread *thread;
	struct ipc_task *task;
	struct ipc_call call;
	uint64_t before[IPC_MEM_KINDS];
	uint32_t options, i, name;
	uint16_t send_size;

	if (size < 8)
		return (0);
	if (host == NULL)
		host = ipc_host_create(NULL);
	arena_reset();
	memcpy(before, user_mem_bytes, sizeof(before));
	thread = begin(host, &task);
	memcpy(&options, data, sizeof(options));
	memcpy(&send_size, data + 4, sizeof(send_size));
	data += 8;
	size -= 8;
	/* Messages one after the other, as long as there are bytes. */
	while (size != 0) {
		size_t n = size < ARENA_SIZE / 4 ? size : ARENA_SIZE / 4;

		memcpy(arena, data, n);
		trap(thread, &call, 31, ARENA_START,
		    (options | MACH_SEND_MSG) & ~(uint32_t)MACH_RCV_MSG,
		    send_size != 0 ? send_size : n & ~3u, 0, 0, 0);
		n = n > 64 ? 64 : n;
		data += n;
		size -= n;
		for (i = 0; i < 2; i++) {
			name = (i + 2) << 8 | 3;
			trap(thread, &call, 31, ARENA_START + ARENA_SIZE / 4,
			    (options & ~(uint32_t)MACH_SEND_MSG) |
				MACH_RCV_MSG | MACH_RCV_TIMEOUT,
			    0, options & 1 ? 64 : 4096, name, 0);
		}
	}
	ipc_thread_destroy(thread);
	ipc_task_destroy(task);
	for (i = 0; i < IPC_MEM_KINDS; i++) {
		if (user_mem_bytes[i] != before[i])
			abort();
	}
	return (0);
}
