/*
 * Who handles exceptions: mach_exc_server and exc_server take a request
 * apart, as MIG's servers do, and call the program's function.  It need not
 * have all of them: a request for one that it has not is answered as one of
 * an unknown id.
 */
#include <stdbool.h>
#include <string.h>

#include "mach/lib/exception.h"

#pragma weak catch_mach_exception_raise
#pragma weak catch_mach_exception_raise_state
#pragma weak catch_mach_exception_raise_state_identity
#pragma weak catch_exception_raise
#pragma weak catch_exception_raise_state
#pragma weak catch_exception_raise_state_identity

/* What is left of a request. */
struct reader {
	const uint8_t *at, *end;
};

static bool
take(struct reader *r, void *to, size_t size)
{
	if ((size_t)(r->end - r->at) < size)
		return (false);
	memcpy(to, r->at, size);
	r->at += size;
	return (true);
}

static kern_return_t
take_port(struct reader *r, mach_port_t *port)
{
	mach_msg_port_descriptor_t desc;

	if (!take(r, &desc, sizeof(desc)))
		return (MIG_BAD_ARGUMENTS);
	if (desc.type != MACH_MSG_PORT_DESCRIPTOR ||
	    desc.disposition != MACH_MSG_TYPE_PORT_SEND)
		return (MIG_TYPE_ERROR);
	*port = desc.name;
	return (KERN_SUCCESS);
}

static kern_return_t
ports_read(struct reader *r, const mach_msg_header_t *in, struct exception *e)
{
	bool complex = (in->msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0;
	mach_msg_body_t body;
	kern_return_t kr;

	if (complex != (e->routine != EXCEPTION_RAISE_STATE))
		return (MIG_BAD_ARGUMENTS);
	if (!complex)
		return (KERN_SUCCESS);
	if (!take(r, &body, sizeof(body)) || body.msgh_descriptor_count != 2)
		return (MIG_BAD_ARGUMENTS);
	kr = take_port(r, &e->thread);
	return (kr == KERN_SUCCESS ? take_port(r, &e->task) : kr);
}

static bool
codes_read(struct reader *r, struct exception *e)
{
	mach_msg_type_number_t i;
	int32_t narrow;

	if (!take(r, &e->ncodes, sizeof(e->ncodes)) || e->ncodes > CODES_MAX)
		return (false);
	for (i = 0; i < e->ncodes; i++) {
		if (e->wide) {
			if (!take(r, &e->code[i], sizeof(e->code[i])))
				return (false);
		} else {
			if (!take(r, &narrow, sizeof(narrow)))
				return (false);
			e->code[i] = narrow;
		}
	}
	return (true);
}

static kern_return_t
request_read(const mach_msg_header_t *in, struct exception *e)
{
	struct reader r = { (const uint8_t *)in + sizeof(*in),
		(const uint8_t *)in + in->msgh_size };
	NDR_record_t ndr;
	kern_return_t kr;

	if (in->msgh_size < sizeof(*in))
		return (MIG_BAD_ARGUMENTS);
	kr = ports_read(&r, in, e);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (!take(&r, &ndr, sizeof(ndr)) ||
	    !take(&r, &e->type, sizeof(e->type)) || !codes_read(&r, e))
		return (MIG_BAD_ARGUMENTS);
	if (e->routine != EXCEPTION_RAISE) {
		if (!take(&r, &e->flavor, sizeof(e->flavor)) ||
		    !take(&r, &e->nstate, sizeof(e->nstate)) ||
		    e->nstate > THREAD_STATE_MAX ||
		    (size_t)(r.end - r.at) < e->nstate * sizeof(natural_t))
			return (MIG_BAD_ARGUMENTS);
		/* Words in a message are aligned. */
		e->state = (const natural_t *)(const void *)r.at;
		r.at += e->nstate * sizeof(natural_t);
	}
	return (r.at == r.end ? KERN_SUCCESS : MIG_BAD_ARGUMENTS);
}

/* The functions take arrays that are not const, and may write to them. */
static thread_state_t
state_of(const struct exception *e)
{
	union {
		const natural_t *in;
		thread_state_t out;
	} state = { .in = e->state };

	return (state.out);
}

static kern_return_t
call_wide(mach_port_t port, struct exception *e, struct exception_reply *r)
{
	switch (e->routine) {
	case EXCEPTION_RAISE:
		if (catch_mach_exception_raise == NULL)
			return (MIG_BAD_ID);
		return (catch_mach_exception_raise(
		    port, e->thread, e->task, e->type, e->code, e->ncodes));
	case EXCEPTION_RAISE_STATE:
		if (catch_mach_exception_raise_state == NULL)
			return (MIG_BAD_ID);
		return (catch_mach_exception_raise_state(port, e->type, e->code,
		    e->ncodes, &e->flavor, state_of(e), e->nstate, r->state,
		    &r->nstate));
	default:
		if (catch_mach_exception_raise_state_identity == NULL)
			return (MIG_BAD_ID);
		return (catch_mach_exception_raise_state_identity(port,
		    e->thread, e->task, e->type, e->code, e->ncodes, &e->flavor,
		    state_of(e), e->nstate, r->state, &r->nstate));
	}
}

static kern_return_t
call_narrow(mach_port_t port, struct exception *e, struct exception_reply *r)
{
	integer_t code[CODES_MAX] = { (integer_t)e->code[0],
		(integer_t)e->code[1] };

	switch (e->routine) {
	case EXCEPTION_RAISE:
		if (catch_exception_raise == NULL)
			return (MIG_BAD_ID);
		return (catch_exception_raise(
		    port, e->thread, e->task, e->type, code, e->ncodes));
	case EXCEPTION_RAISE_STATE:
		if (catch_exception_raise_state == NULL)
			return (MIG_BAD_ID);
		return (catch_exception_raise_state(port, e->type, code,
		    e->ncodes, &e->flavor, state_of(e), e->nstate, r->state,
		    &r->nstate));
	default:
		if (catch_exception_raise_state_identity == NULL)
			return (MIG_BAD_ID);
		return (catch_exception_raise_state_identity(port, e->thread,
		    e->task, e->type, code, e->ncodes, &e->flavor, state_of(e),
		    e->nstate, r->state, &r->nstate));
	}
}

/* A reply buffer holds what the longest reply takes: as with MIG's servers. */
static boolean_t
serve(mach_msg_header_t *in, mach_msg_header_t *out, bool wide)
{
	int routine = in->msgh_id - (wide ? MACH_EXC_FIRST : EXC_FIRST);
	struct exception_reply *r = (struct exception_reply *)(void *)out;
	struct exception e = { .wide = wide };

	out->msgh_bits =
	    MACH_MSGH_BITS(MACH_MSGH_BITS_REMOTE(in->msgh_bits), 0);
	out->msgh_size = sizeof(mig_reply_error_t);
	out->msgh_remote_port = in->msgh_remote_port;
	out->msgh_local_port = MACH_PORT_NULL;
	out->msgh_voucher_port = MACH_PORT_NULL;
	out->msgh_id = in->msgh_id + 100;
	r->ndr = NDR_record;
	r->result = MIG_BAD_ID;
	if (routine < EXCEPTION_RAISE ||
	    routine > EXCEPTION_RAISE_STATE_IDENTITY)
		return (FALSE);
	e.routine = (enum exception_routine)routine;
	r->result = request_read(in, &e);
	if (r->result != KERN_SUCCESS)
		return (TRUE);
	if (routine != EXCEPTION_RAISE)
		r->nstate = THREAD_STATE_MAX;
	r->result = wide ? call_wide(in->msgh_local_port, &e, r)
			 : call_narrow(in->msgh_local_port, &e, r);
	if (r->result == KERN_SUCCESS && routine != EXCEPTION_RAISE) {
		r->flavor = e.flavor;
		out->msgh_size =
		    (mach_msg_size_t)(offsetof(struct exception_reply, state) +
				      r->nstate * sizeof(r->state[0]));
	}
	return (r->result != MIG_BAD_ID);
}

boolean_t
mach_exc_server(mach_msg_header_t *in, mach_msg_header_t *out)
{
	return (serve(in, out, true));
}

boolean_t
exc_server(mach_msg_header_t *in, mach_msg_header_t *out)
{
	return (serve(in, out, false));
}
