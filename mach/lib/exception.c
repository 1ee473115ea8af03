/*
 * Who has an exception to tell of: requests to the port of a handler, as
 * MIG's stubs make them.
 */
#include <stdbool.h>
#include <string.h>

#include "mach/lib/exception.h"

/* Writes on behind `*at`. */
static void
put(uint8_t **at, const void *from, size_t size)
{
	memcpy(*at, from, size);
	*at += size;
}

static void
put_port(uint8_t **at, mach_port_t port)
{
	mach_msg_port_descriptor_t desc;

	memset(&desc, 0, sizeof(desc));
	desc.name = port;
	desc.disposition = MACH_MSG_TYPE_COPY_SEND;
	desc.type = MACH_MSG_PORT_DESCRIPTOR;
	put(at, &desc, sizeof(desc));
}

/* The size of the request. */
static mach_msg_size_t
request_write(struct exception_message *m, const struct exception *e)
{
	static const mach_msg_body_t two = { 2 };
	mach_msg_type_number_t i;
	uint8_t *at = m->rest;
	int32_t narrow;

	m->head.msgh_bits = MACH_MSGH_BITS(
	    MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	if (e->routine != EXCEPTION_RAISE_STATE) {
		m->head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
		put(&at, &two, sizeof(two));
		put_port(&at, e->thread);
		put_port(&at, e->task);
	}
	put(&at, &NDR_record, sizeof(NDR_record));
	put(&at, &e->type, sizeof(e->type));
	put(&at, &e->ncodes, sizeof(e->ncodes));
	for (i = 0; i < e->ncodes; i++) {
		narrow = (int32_t)e->code[i];
		if (e->wide)
			put(&at, &e->code[i], sizeof(e->code[i]));
		else
			put(&at, &narrow, sizeof(narrow));
	}
	if (e->routine != EXCEPTION_RAISE) {
		put(&at, &e->flavor, sizeof(e->flavor));
		put(&at, &e->nstate, sizeof(e->nstate));
		put(&at, e->state, e->nstate * sizeof(e->state[0]));
	}
	return ((mach_msg_size_t)(sizeof(m->head) + (size_t)(at - m->rest)));
}

/* What the handler said, with the state that the thread is to have. */
static kern_return_t
reply_read(struct exception_message *m, const struct exception *e, int id,
    int *flavor, natural_t *state, mach_msg_type_number_t *nstate)
{
	const size_t fixed = offsetof(struct exception_reply, state);
	struct exception_reply *r = (void *)m;
	mach_msg_size_t size = r->head.msgh_size;

	if (r->head.msgh_id != id + 100) {
		kern_return_t kr = r->head.msgh_id == MACH_NOTIFY_SEND_ONCE
				       ? MIG_SERVER_DIED
				       : MIG_REPLY_MISMATCH;

		mach_msg_destroy(&r->head);
		return (kr);
	}
	if (r->head.msgh_bits & MACH_MSGH_BITS_COMPLEX ||
	    r->head.msgh_remote_port != MACH_PORT_NULL) {
		mach_msg_destroy(&r->head);
		return (MIG_TYPE_ERROR);
	}
	if (size < sizeof(mig_reply_error_t))
		return (MIG_TYPE_ERROR);
	if (size == sizeof(mig_reply_error_t) &&
	    (e->routine == EXCEPTION_RAISE || r->result != KERN_SUCCESS))
		return (r->result);
	if (e->routine == EXCEPTION_RAISE || size < fixed ||
	    r->nstate > THREAD_STATE_MAX ||
	    size != fixed + r->nstate * sizeof(r->state[0]))
		return (MIG_TYPE_ERROR);
	if (r->result != KERN_SUCCESS)
		return (r->result);
	*flavor = r->flavor;
	if (r->nstate > *nstate) {
		memcpy(state, r->state, *nstate * sizeof(state[0]));
		*nstate = r->nstate;
		return (MIG_ARRAY_TOO_LARGE);
	}
	memcpy(state, r->state, r->nstate * sizeof(state[0]));
	*nstate = r->nstate;
	return (KERN_SUCCESS);
}

static kern_return_t
raise(mach_port_t port, const struct exception *e, int *flavor,
    natural_t *state, mach_msg_type_number_t *nstate)
{
	int id = (e->wide ? MACH_EXC_FIRST : EXC_FIRST) + (int)e->routine;
	struct exception_message m = { 0 };
	mach_msg_size_t size;
	mach_msg_return_t mr;
	mach_port_t reply;

	if (e->ncodes > CODES_MAX || e->nstate > THREAD_STATE_MAX)
		return (MIG_ARRAY_TOO_LARGE);
	reply = mig_get_reply_port();
	m.head.msgh_remote_port = port;
	m.head.msgh_local_port = reply;
	m.head.msgh_id = id;
	size = request_write(&m, e);
	mr = mach_msg(&m.head, MACH_SEND_MSG | MACH_RCV_MSG, size, sizeof(m),
	    reply, MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
	if (mr != MACH_MSG_SUCCESS) {
		/* Where nothing was sent, nothing can come any more. */
		if (mr == MACH_SEND_INVALID_DATA ||
		    mr == MACH_SEND_INVALID_DEST ||
		    mr == MACH_SEND_INVALID_HEADER)
			mig_put_reply_port(reply);
		else
			mig_dealloc_reply_port(reply);
		return (mr);
	}
	mig_put_reply_port(reply);
	return (reply_read(&m, e, id, flavor, state, nstate));
}

static void
codes_widen(
    struct exception *e, const integer_t *code, mach_msg_type_number_t ncodes)
{
	mach_msg_type_number_t i;

	e->ncodes = ncodes;
	for (i = 0; i < ncodes && i < CODES_MAX; i++)
		e->code[i] = code[i];
}

static void
codes_copy(
    struct exception *e, const int64_t *code, mach_msg_type_number_t ncodes)
{
	mach_msg_type_number_t i;

	e->wide = true;
	e->ncodes = ncodes;
	for (i = 0; i < ncodes && i < CODES_MAX; i++)
		e->code[i] = code[i];
}

kern_return_t
mach_exception_raise(mach_port_t exception_port, mach_port_t thread,
    mach_port_t task, exception_type_t exception, mach_exception_data_t code,
    mach_msg_type_number_t count)
{
	struct exception e = { .routine = EXCEPTION_RAISE,
		.thread = thread,
		.task = task,
		.type = exception };

	codes_copy(&e, code, count);
	return (raise(exception_port, &e, NULL, NULL, NULL));
}

kern_return_t
mach_exception_raise_state(mach_port_t exception_port,
    exception_type_t exception, const mach_exception_data_t code,
    mach_msg_type_number_t count, int *flavor, const thread_state_t old_state,
    mach_msg_type_number_t old_count, thread_state_t new_state,
    mach_msg_type_number_t *new_count)
{
	struct exception e = { .routine = EXCEPTION_RAISE_STATE,
		.type = exception,
		.flavor = *flavor,
		.state = old_state,
		.nstate = old_count };

	codes_copy(&e, code, count);
	return (raise(exception_port, &e, flavor, new_state, new_count));
}

kern_return_t
mach_exception_raise_state_identity(mach_port_t exception_port,
    mach_port_t thread, mach_port_t task, exception_type_t exception,
    mach_exception_data_t code, mach_msg_type_number_t count, int *flavor,
    thread_state_t old_state, mach_msg_type_number_t old_count,
    thread_state_t new_state, mach_msg_type_number_t *new_count)
{
	struct exception e = { .routine = EXCEPTION_RAISE_STATE_IDENTITY,
		.thread = thread,
		.task = task,
		.type = exception,
		.flavor = *flavor,
		.state = old_state,
		.nstate = old_count };

	codes_copy(&e, code, count);
	return (raise(exception_port, &e, flavor, new_state, new_count));
}

/*
 * The same with codes of 32 bits.
 */

kern_return_t
exception_raise(mach_port_t exception_port, mach_port_t thread,
    mach_port_t task, exception_type_t exception, exception_data_t code,
    mach_msg_type_number_t count)
{
	struct exception e = { .routine = EXCEPTION_RAISE,
		.thread = thread,
		.task = task,
		.type = exception };

	codes_widen(&e, code, count);
	return (raise(exception_port, &e, NULL, NULL, NULL));
}

kern_return_t
exception_raise_state(mach_port_t exception_port, exception_type_t exception,
    const exception_data_t code, mach_msg_type_number_t count, int *flavor,
    const thread_state_t old_state, mach_msg_type_number_t old_count,
    thread_state_t new_state, mach_msg_type_number_t *new_count)
{
	struct exception e = { .routine = EXCEPTION_RAISE_STATE,
		.type = exception,
		.flavor = *flavor,
		.state = old_state,
		.nstate = old_count };

	codes_widen(&e, code, count);
	return (raise(exception_port, &e, flavor, new_state, new_count));
}

kern_return_t
exception_raise_state_identity(mach_port_t exception_port, mach_port_t thread,
    mach_port_t task, exception_type_t exception, exception_data_t code,
    mach_msg_type_number_t count, int *flavor, thread_state_t old_state,
    mach_msg_type_number_t old_count, thread_state_t new_state,
    mach_msg_type_number_t *new_count)
{
	struct exception e = { .routine = EXCEPTION_RAISE_STATE_IDENTITY,
		.thread = thread,
		.task = task,
		.type = exception,
		.flavor = *flavor,
		.state = old_state,
		.nstate = old_count };

	codes_widen(&e, code, count);
	return (raise(exception_port, &e, flavor, new_state, new_count));
}
