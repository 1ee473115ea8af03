/*
 * Raising exceptions: the request to a handler, and what its answer says.  XNU
 * osfmk/kern/exception.c, exception_triage_thread and exception_deliver; how
 * requests and answers look MIG makes of osfmk/mach/exc.defs (2401) and
 * mach_exc.defs (2405).
 */
#include "mach/core/raise.h"

#include <mach/mig_errors.h>

#include "mach/core/layout.h"
#include "mach/core/message.h"
#include "mach/core/queue.h"

#define EXC_FIRST 2401
#define MACH_EXC_FIRST 2405
enum { RAISE, RAISE_STATE, RAISE_STATE_IDENTITY }; /* from the first id */

/* The longest request but for its state. */
#define REQUEST_FIXED                                               \
	(sizeof(mach_msg_base_t) + 2 * sizeof(struct layout_port) + \
	    sizeof(NDR_record_t) + 2 * sizeof(uint32_t) +           \
	    EXCEPTION_CODE_MAX * sizeof(int64_t) + 2 * sizeof(uint32_t))
#define STATE_BYTES (THREAD_STATE_MAX * sizeof(natural_t))

/* An answer that carries a state. */
struct answer {
	mach_msg_header_t head;
	NDR_record_t ndr;
	kern_return_t result;
	int32_t flavor;
	uint32_t words;
	natural_t state[];
};

uint32_t ipc_raise_used, ipc_raise_host_used;

bool
ipc_raise_wanted(const struct ipc_exception *slots, exception_type_t type)
{
	return (IPC_PORT_VALID(slots[type].port));
}

/*
 * Who is asked
 */

/* The handler of a level, with a send right of the caller's; false: none. */
static bool
handler_at(struct ipc_thread *thread, uint32_t level, exception_type_t type,
    struct ipc_exception *handler)
{
	struct ipc_task *task = thread->task;
	const struct {
		struct ipc_exception *slots;
		struct ipc_mutex *lock;
	} at[] = { { thread->exceptions, &thread->lock },
		{ task->exceptions, &task->lock },
		{ task->host->exceptions, &task->host->lock } };

	ipc_mutex_lock(at[level].lock);
	*handler = at[level].slots[type];
	handler->port = ipc_port_send_dup(handler->port);
	ipc_mutex_unlock(at[level].lock);
	return (IPC_PORT_VALID(handler->port));
}

/* Which of the routines; -1 of a behavior that none here has. */
static int
routine_of(exception_behavior_t behavior)
{
	switch ((uint32_t)behavior & ~(uint32_t)MACH_EXCEPTION_MASK) {
	case EXCEPTION_DEFAULT:
		return (RAISE);
	case EXCEPTION_STATE:
		return (RAISE_STATE);
	case EXCEPTION_STATE_IDENTITY:
		return (RAISE_STATE_IDENTITY);
	default:
		return (-1);
	}
}

/* A kernel object answers no exception. */
static bool
can_answer(struct ipc_port *port)
{
	bool can;

	ipc_port_lock(port);
	can =
	    port->object.kobject_kind == IPC_KO_NONE || port->receiver != NULL;
	ipc_port_unlock(port);
	return (can);
}

/*
 * The request
 */

struct writer {
	struct ipc_msg *msg;
	uint8_t *at;
};

static void
put(struct writer *w, const void *data, size_t size)
{
	memcpy(w->at, data, size);
	w->at += size;
}

static void
put_word(struct writer *w, uint32_t word)
{
	put(w, &word, sizeof(word));
}

/* A send right, which is the message's from now on. */
static void
put_port(struct writer *w, struct ipc_port *port)
{
	const struct layout_port desc = {
		.disposition = MACH_MSG_TYPE_PORT_SEND,
		.type = MACH_MSG_PORT_DESCRIPTOR,
	};

	w->msg->few[w->msg->ndescs++] = (struct ipc_desc){
		.type = MACH_MSG_PORT_DESCRIPTOR,
		.disposition = MACH_MSG_TYPE_PORT_SEND,
		.port = port,
	};
	put(w, &desc, sizeof(desc));
}

static struct ipc_port *
control_port(struct ipc_mutex *lock, struct ipc_port **port)
{
	struct ipc_port *send;

	ipc_mutex_lock(lock);
	send = ipc_port_kobject_send(*port);
	ipc_mutex_unlock(lock);
	return (send);
}

static void
put_identity(struct writer *w, struct ipc_thread *thread)
{
	struct ipc_task *task = thread->task;

	ipc_msg_header(w->msg)->msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	w->msg->descs = w->msg->few;
	put_word(w, 2);
	put_port(w, control_port(&thread->lock, &thread->port));
	put_port(w, control_port(&task->lock, &task->port));
}

/* False: the flavor is none that it has. */
static bool
put_state(struct writer *w, struct ipc_thread *thread,
    const struct ipc_raise *raise, int flavor)
{
	natural_t *state = (void *)(w->at + 2 * sizeof(uint32_t));
	uint32_t words;

	words = raise->state_get(thread, flavor, state, THREAD_STATE_MAX);
	if (words == 0)
		return (false);
	put_word(w, (uint32_t)flavor);
	put_word(w, words);
	w->at += words * sizeof(natural_t);
	return (true);
}

/* NULL when the handler wants to know what there is not. */
static struct ipc_msg *
request_create(struct ipc_thread *thread, const struct ipc_raise *raise,
    const struct ipc_exception *handler, int routine)
{
	bool wide = ((uint32_t)handler->behavior & MACH_EXCEPTION_CODES) != 0;
	uint32_t room =
	    (uint32_t)(REQUEST_FIXED + (routine == RAISE ? 0 : STATE_BYTES));
	struct writer w = { .msg = ipc_msg_create_kernel(room) };
	mach_msg_header_t *header = ipc_msg_header(w.msg);
	uint32_t i;

	memset(header, 0, sizeof(*header));
	header->msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_PORT_SEND, 0);
	header->msgh_id = (wide ? MACH_EXC_FIRST : EXC_FIRST) + routine;
	w.at = w.msg->data + sizeof(*header);
	if (routine != RAISE_STATE)
		put_identity(&w, thread);
	put(&w, &layout_ndr, sizeof(layout_ndr));
	put_word(&w, (uint32_t)raise->type);
	put_word(&w, EXCEPTION_CODE_MAX);
	for (i = 0; i < EXCEPTION_CODE_MAX; i++) {
		if (wide)
			put(&w, &raise->code[i], sizeof(raise->code[i]));
		else
			put_word(&w, (uint32_t)raise->code[i]);
	}
	if (routine != RAISE &&
	    !put_state(&w, thread, raise, handler->flavor)) {
		ipc_msg_destroy(w.msg);
		return (NULL);
	}
	w.msg->size = (uint32_t)(w.at - w.msg->data);
	header->msgh_size = w.msg->size;
	return (w.msg);
}

/* Consumes the handler's send right; false: it was not asked. */
static bool
ask(struct ipc_thread *thread, struct ipc_raise *raise,
    const struct ipc_exception *handler)
{
	struct ipc_account *account = thread->task->account;
	int routine = routine_of(handler->behavior);
	struct ipc_msg *msg = NULL;

	/* Its task pays: what it has raised and left may be many. */
	if (routine >= 0 && can_answer(handler->port) &&
	    ipc_account_has_room(account, REQUEST_FIXED + STATE_BYTES))
		raise->reply = ipc_port_create();
	if (raise->reply != NULL)
		msg = request_create(thread, raise, handler, routine);
	if (msg == NULL) {
		ipc_raise_end(raise);
		ipc_port_release_send(handler->port);
		return (false);
	}
	ipc_port_lock(raise->reply);
	ipc_port_make_send_once(raise->reply);
	ipc_port_unlock(raise->reply);
	raise->id = ipc_msg_id(msg);
	msg->reply = raise->reply;
	msg->reply_type = MACH_MSG_TYPE_PORT_SEND_ONCE;
	msg->dest = handler->port;
	msg->dest_type = MACH_MSG_TYPE_PORT_SEND;
	ipc_msg_bill(msg, account);
	/* No more than one of a thread: a full queue does not stop it. */
	ipc_msg_send_kernel(msg);
	return (true);
}

static bool
ask_next(struct ipc_thread *thread, struct ipc_raise *raise)
{
	struct ipc_exception handler;

	while (raise->asked < 3) {
		if (handler_at(thread, raise->asked++, raise->type, &handler) &&
		    ask(thread, raise, &handler))
			return (true);
	}
	return (false);
}

/*
 * The answer
 */

static kern_return_t
answer_read(struct ipc_thread *thread, const struct ipc_raise *raise,
    struct ipc_msg *msg)
{
	const struct answer *a = (const void *)msg->data;
	bool states =
	    (raise->id - EXC_FIRST) % (MACH_EXC_FIRST - EXC_FIRST) != RAISE;

	/* One that died has sent MACH_NOTIFY_SEND_ONCE. */
	if (ipc_msg_id(msg) != raise->id + 100 || msg->ndescs != 0 ||
	    msg->size < sizeof(mig_reply_error_t))
		return (MIG_SERVER_DIED);
	if (a->result != KERN_SUCCESS)
		return (a->result);
	if (!states)
		return (msg->size == sizeof(mig_reply_error_t)
			    ? KERN_SUCCESS
			    : MIG_TYPE_ERROR);
	if (msg->size < sizeof(*a) || a->words > THREAD_STATE_MAX ||
	    msg->size != sizeof(*a) + a->words * sizeof(natural_t))
		return (MIG_TYPE_ERROR);
	return (raise->state_set(thread, a->flavor, a->state, a->words)
		    ? KERN_SUCCESS
		    : KERN_INVALID_ARGUMENT);
}

static mach_msg_return_t
await(struct ipc_thread *thread, struct ipc_raise *raise)
{
	const struct ipc_want want = { .max_size = UINT32_MAX };

	ipc_port_lock(raise->reply);
	return (ipc_receive_port_and_unlock(thread, raise->reply, &want));
}

static kern_return_t
go_on(struct ipc_thread *thread, struct ipc_raise *raise, mach_msg_return_t mr)
{
	struct ipc_msg *msg;
	kern_return_t kr;

	for (;;) {
		if (mr == IPC_PARKED)
			return (mr);
		if (mr != MACH_MSG_SUCCESS)
			return (KERN_ABORTED);
		msg = thread->waiter.msg;
		thread->waiter.msg = NULL;
		kr = answer_read(thread, raise, msg);
		ipc_raise_end(raise);
		ipc_msg_destroy(msg);
		if (kr == KERN_SUCCESS)
			return (KERN_SUCCESS);
		if (!ask_next(thread, raise))
			return (KERN_FAILURE);
		mr = await(thread, raise);
	}
}

kern_return_t
ipc_raise(struct ipc_thread *thread, struct ipc_raise *raise)
{
	if (raise->reply == NULL && !ask_next(thread, raise))
		return (KERN_FAILURE);
	return (go_on(thread, raise, await(thread, raise)));
}

kern_return_t
ipc_raise_resume(struct ipc_thread *thread, struct ipc_raise *raise)
{
	if (ipc_load_acquire(&thread->waiter.queued))
		return (IPC_PARKED);
	return (go_on(thread, raise, ipc_waiter_finish(&thread->waiter)));
}

void
ipc_raise_end(struct ipc_raise *raise)
{
	struct ipc_port *reply = raise->reply;
	struct ipc_ring *dead = NULL;

	raise->reply = NULL;
	if (reply == NULL)
		return;
	ipc_port_lock(reply);
	ipc_port_destroy(reply, &dead);
	ipc_msg_list_destroy(&dead);
}
