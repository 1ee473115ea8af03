/*
 * Every trap with every kind of argument, by three threads of two tasks, of
 * which some are parked; then both tasks end, and nothing may be left.
 */
#include <stdlib.h>
#include <string.h>

#include "mach/os/user/user.h"
#include "tests/fuzz/mach_host.h"

#define THREADS 3

struct player {
	struct ipc_thread *thread;
	struct ipc_call call;
	bool parked;
};

struct bytes {
	const uint8_t *at, *end;
};

static uint8_t
next(struct bytes *b)
{
	return (b->at == b->end ? 0 : *b->at++);
}

/* An argument: a name, an address, a small number, or one at an edge. */
static uint64_t
argument(struct bytes *b)
{
	static const uint64_t edges[] = { UINT32_MAX, UINT64_MAX, INT32_MAX,
		(uint64_t)INT32_MIN, 0x10000, 0xffff, 0xfffffffe, 1024, 1025 };
	uint8_t kind = next(b), value = next(b);

	switch (kind % 8) {
	case 0:
	case 1:
	case 2: /* a name: generations are small at first */
		return ((uint64_t)(value % 32) << 8 |
			(uint64_t)(kind >> 3 & 3) << 2 | 3);
	case 3:
	case 4:
		return (ARENA_START + (uint64_t)value * 64);
	case 5:
		return (edges[value % (sizeof(edges) / sizeof(edges[0]))]);
	default:
		return (value);
	}
}

static void
give_up(struct player *p, enum ipc_cancel why)
{
	while (p->parked) {
		ipc_cancel(p->thread, why);
		p->parked = !ipc_resume(p->thread);
	}
}

static void
step(struct player *p, struct bytes *b)
{
	const struct ipc_trap *trap;
	uint64_t args[IPC_ARGS];
	uint8_t i, row = next(b), fill = next(b);

	if (p->parked) {
		if (row & 1)
			give_up(p, row & 2 ? IPC_CANCEL_TIMEOUT
					   : IPC_CANCEL_INTERRUPT);
		else
			p->parked = !ipc_resume(p->thread);
		return;
	}
	/* Bytes for messages and buffers, from the input too. */
	for (i = 0; i < (fill & 0x3f); i++)
		arena[(uint32_t)(fill >> 6) * 64 + i] = next(b);
	trap = ipc_trap_at(row);
	for (i = 0; i < IPC_ARGS; i++)
		args[i] = argument(b);
	p->parked = !ipc_trap_call(p->thread, trap == NULL ? 31 : trap->number,
	    args, IPC_ARGS, &p->call);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ipc_credentials nobody = { .ruid = 1 };
	static struct ipc_host *host;
	struct bytes b = { data, data + size };
	struct player players[THREADS];
	struct ipc_task *tasks[2];
	uint64_t before[IPC_MEM_KINDS], none[1] = { 0 };
	int i;

	if (host == NULL)
		host = ipc_host_create(NULL);
	arena_reset();
	memcpy(before, user_mem_bytes, sizeof(before));
	tasks[0] = ipc_task_create(host, NULL, &nobody);
	tasks[1] = ipc_task_create(host, tasks[0], &nobody);
	for (i = 0; i < THREADS; i++) {
		players[i].thread = ipc_thread_create(tasks[i & 1]);
		players[i].parked = false;
		/* Each space's first names: the task, the thread, the host. */
		(void)ipc_trap_call(
		    players[i].thread, 28, none, 0, &players[i].call);
		(void)ipc_trap_call(
		    players[i].thread, 27, none, 0, &players[i].call);
		(void)ipc_trap_call(
		    players[i].thread, 29, none, 0, &players[i].call);
	}
	while (b.at != b.end)
		step(&players[next(&b) % THREADS], &b);
	for (i = 0; i < THREADS; i++) {
		give_up(&players[i], IPC_CANCEL_EXIT);
		ipc_thread_destroy(players[i].thread);
	}
	ipc_task_destroy(tasks[0]);
	ipc_task_destroy(tasks[1]);
	for (i = 0; i < IPC_MEM_KINDS; i++) {
		if (user_mem_bytes[i] != before[i])
			abort();
	}
	return (0);
}
