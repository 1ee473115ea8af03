/*
 * What must work before the module stays: two tasks of no process, which make
 * traps with kernel addresses, send each other a right, and leave nothing.
 */
#include <mach/mach_port.h>

#include "mach/kmod/kmod.h"

#include <sys/proc.h>

struct actor {
	struct ipc_task *task;
	struct ipc_thread *thread;
};

struct letter {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t port;
	mach_msg_max_trailer_t trailer;
};

static uint64_t
trap(struct actor *actor, int number, uint64_t a, uint64_t b, uint64_t c,
    uint64_t d, uint64_t e)
{
	/* The last two are mach_msg's timeout and notify. */
	uint64_t args[7] = { a, b, c, d, e, 0, 0 };
	struct ipc_call *call;
	uint64_t result;

	call = malloc(sizeof(*call), M_MACH, M_WAITOK);
	if (!ipc_trap_call(actor->thread, number, args, 7, call)) {
		ipc_cancel(actor->thread, IPC_CANCEL_INTERRUPT);
		(void)ipc_resume(actor->thread);
	}
	result = call->result;
	free(call, M_MACH);
	return (result);
}

static bool
actor_start(struct actor *actor, struct ipc_host *host, uint32_t pid)
{
	struct ipc_credentials c = { .pid = pid };

	actor->task = ipc_task_create(host, NULL, &c);
	if (actor->task != NULL)
		actor->thread = ipc_thread_create(actor->task);
	return (actor->thread != NULL);
}

static void
actor_stop(struct actor *actor)
{
	if (actor->thread != NULL)
		ipc_thread_destroy(actor->thread);
	if (actor->task != NULL)
		ipc_task_destroy(actor->task);
}

#define CHECK(what)                                                        \
	do {                                                               \
		if (!(what)) {                                             \
			printf("mach: self-test: line %d: %s\n", __LINE__, \
			    #what);                                        \
			return (false);                                    \
		}                                                          \
	} while (0)

/* One sends itself a message that carries a right. */
static bool
talk(struct actor *a)
{
	struct letter *letter =
	    malloc(sizeof(*letter), M_MACH, M_WAITOK | M_ZERO);
	uint64_t at = (uint64_t)(uintptr_t)letter;
	mach_port_name_t self, port = 0, sent = 0;
	uint64_t kr;

	self = (mach_port_name_t)trap(a, 28, 0, 0, 0, 0, 0);
	kr = trap(a, 16, self, MACH_PORT_RIGHT_RECEIVE,
	    (uint64_t)(uintptr_t)&port, 0, 0);
	letter->header.msgh_bits =
	    MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0) | MACH_MSGH_BITS_COMPLEX;
	letter->header.msgh_remote_port = port;
	letter->header.msgh_id = 4711;
	letter->body.msgh_descriptor_count = 1;
	letter->port.name = port;
	letter->port.disposition = MACH_MSG_TYPE_MAKE_SEND;
	letter->port.type = MACH_MSG_PORT_DESCRIPTOR;
	if (kr == KERN_SUCCESS)
		kr = trap(a, 31, at, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
		    offsetof(struct letter, trailer), 0, 0);
	letter->header.msgh_id = 0;
	if (kr == KERN_SUCCESS)
		kr = trap(a, 31, at, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
		    sizeof(*letter), port);
	sent = letter->port.name;
	if (letter->header.msgh_id != 4711)
		sent = MACH_PORT_NULL;
	free(letter, M_MACH);
	CHECK(self != MACH_PORT_NULL);
	CHECK(kr == KERN_SUCCESS);
	/* One name for all rights to a port. */
	CHECK(sent == port);
	CHECK(trap(a, 19, self, port, MACH_PORT_RIGHT_RECEIVE, (uint64_t)-1,
		  0) == KERN_SUCCESS);
	CHECK(trap(a, 18, self, port, 0, 0, 0) == KERN_SUCCESS);
	CHECK(trap(a, 18, self, port, 0, 0, 0) == KERN_INVALID_NAME);
	return (true);
}

bool
mach_selftest(void)
{
	struct actor a = { 0 }, b = { 0 };
	struct ipc_host *host = ipc_host_create(NULL);
	bool ok;

	if (host == NULL)
		return (false);
	ok = actor_start(&a, host, 1) && actor_start(&b, host, 2) && talk(&a) &&
	     talk(&b);
	actor_stop(&a);
	actor_stop(&b);
	ipc_host_destroy(host);
	return (ok);
}
