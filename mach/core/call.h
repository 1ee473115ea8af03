/*
 * A trap in progress: its arguments as the caller gave them, as the handler
 * sees them, and its results.
 */
#ifndef ISTHMUS_MACH_CORE_CALL_H
#define ISTHMUS_MACH_CORE_CALL_H

#include "mach/core/right.h"
#include "mach/core/task.h"

#define IPC_ARGS 11

struct ipc_clock;
struct ipc_semaphore;

/* One argument inside. */
union ipc_value {
	uint64_t u;
	struct ipc_task *task;
	struct ipc_thread *thread;
	struct ipc_host *host;
	struct ipc_semaphore *semaphore;
	struct ipc_clock *clock;
	struct ipc_right right; /* in: taken; out: to be put */
	void *data;		/* a buffer, of which `size` bytes count */
	struct ipc_region *region;
};

struct ipc_arg {
	union ipc_value v;
	uint32_t size;	/* of data: bytes there are; out: bytes to write */
	uint32_t count; /* of an out-of-line array: elements ... */
	uint32_t words; /* ... of as many 32-bit words; 0 is 1 */
};

struct ipc_call;
typedef kern_return_t ipc_handler(struct ipc_call *);

struct ipc_trap {
	int number;
	const char *name;
	const char *args;     /* trap.c says what the letters mean */
	ipc_handler *handler; /* NULL: KERN_NOT_SUPPORTED */
};

/* State of mach_msg between its parts. */
struct ipc_call_msg {
	uint64_t options;
	uint64_t buffer, rcv_buffer, aux_buffer, aux_rcv_buffer;
	uint32_t send_size, rcv_size, aux_size, aux_rcv_size;
	mach_port_name_t rcv_name;
	uint32_t timeout;
	bool rcv_invalid; /* known before sending, told after */
};

struct ipc_call {
	const struct ipc_trap *trap;
	struct ipc_thread *thread;
	uint64_t raw[IPC_ARGS];
	struct ipc_arg arg[IPC_ARGS];
	_Alignas(8) uint8_t scratch[640]; /* of arguments */
	uint32_t scratch_used;
	uint64_t result;   /* what the trap returns */
	uint64_t deadline; /* ipc_clock_now() of a park's end; IPC_FOREVER */
	bool yield;	   /* done, and the processor is given away */
	ipc_handler *resume;
	union {
		struct ipc_call_msg msg;
		struct ipc_semaphore *semaphore; /* waited for; referenced */
		uint64_t wake_at; /* clock_sleep: where the time is put */
	};
};

/* Words of an array argument. */
#define IPC_WORDS_MAX 64u

/*
 * trap.c: what traps have in common with requests by message (request.c).
 * Memory of the call for `size` bytes.
 */
void *ipc_call_scratch(struct ipc_call *, uint32_t size);
/* The number behind the letter at `*p`, passed over; 0 without one. */
uint32_t ipc_letter_bytes(const char **p);
/* Argument `i`, of the letter at `*p`, when that is a result: none yet. */
void ipc_result_begin(struct ipc_call *, unsigned int i, const char **p);
/* Gives back what a letter took, and results that were not put. */
void ipc_argument_release(struct ipc_call *, unsigned int i, char letter);

/* Deadline of a timeout that starts now; saturates. */
uint64_t ipc_deadline_ms(uint32_t ms);
uint64_t ipc_deadline_ns(uint64_t ns);

#endif
