/*
 * The host in a process: what its own files share, and what tests may turn.
 */
#ifndef ISTHMUS_MACH_OS_USER_USER_H
#define ISTHMUS_MACH_OS_USER_USER_H

#include <pthread.h>

#include "mach/core/os.h"

/* ipc_thread.os, under the thread's lock: the thread that acts for it. */
struct user_thread {
	pthread_t pthread;
	uint64_t id;	/* never used twice */
	uint32_t abort; /* its wait is to end; no lock */
};

/* NULL, or asked before each allocation that may fail: true, it does. */
extern bool (*user_mem_fails)(enum ipc_mem_kind);
/* Bytes in use; counted with IPC_DEBUG only. */
extern uint64_t user_mem_bytes[IPC_MEM_KINDS];

/* This process' address space, in bytes; one file per system. */
bool info_process(uint64_t *virtual_size, uint64_t *resident_size);

/* Descriptors that fileports and memory entries keep. */
extern uint64_t user_descriptors;

/*
 * Sleeps until ipc_os_wake(), `deadline` of ipc_clock_now(), or a signal whose
 * handler ran.  May come back early.
 */
enum user_wake { USER_WOKEN, USER_TIMED_OUT, USER_INTERRUPTED };
enum user_wake user_park(struct ipc_thread *, uint64_t deadline);

#endif
