/*
 * The server's stubs of sample.defs, as mig(1) writes them: each checks its
 * request, calls the function and builds the reply.
 */
#include <string.h>

#include "sample_stubs.h"

#define COMPLEX(h) (((h)->msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0)

static void
fail(mach_msg_header_t *out, kern_return_t kr)
{
	((mig_reply_error_t *)out)->RetCode = kr;
	((mig_reply_error_t *)out)->NDR = NDR_record;
}

/* A reply without descriptors; its results come after the return code. */
static void
done(mach_msg_header_t *out, kern_return_t kr, size_t size)
{
	fail(out, kr);
	if (kr == KERN_SUCCESS)
		out->msgh_size = (mach_msg_size_t)size;
}

static void
done_complex(mach_msg_header_t *out, mach_msg_body_t *body, size_t size)
{
	out->msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	out->msgh_size = (mach_msg_size_t)size;
	body->msgh_descriptor_count = 1;
}

static void
x_add(mach_msg_header_t *in, mach_msg_header_t *out)
{
	struct add_request *request = (struct add_request *)in;
	struct add_reply *reply = (struct add_reply *)out;
	int64_t sum = 0;
	kern_return_t kr;

	if (COMPLEX(in) || in->msgh_size != sizeof(*request)) {
		fail(out, MIG_BAD_ARGUMENTS);
		return;
	}
	kr = do_sample_add(in->msgh_local_port, request->a, request->b, &sum);
	reply->sum = sum;
	done(out, kr, sizeof(*reply));
}

static void
x_echo(mach_msg_header_t *in, mach_msg_header_t *out)
{
	const size_t least =
	    sizeof(struct echo_request) - sizeof(sample_text_t);
	struct echo_request *request = (struct echo_request *)in;
	struct echo_reply *reply = (struct echo_reply *)out;
	mach_msg_type_number_t count;
	kern_return_t kr;

	if (COMPLEX(in) || in->msgh_size < least ||
	    in->msgh_size > sizeof(*request) ||
	    request->count > sizeof(sample_text_t) ||
	    in->msgh_size != least + ((request->count + 3u) & ~3u) ||
	    memchr(request->text, '\0', request->count) == NULL) {
		fail(out, MIG_BAD_ARGUMENTS);
		return;
	}
	kr = do_sample_echo(in->msgh_local_port, request->text, reply->back);
	count = (mach_msg_type_number_t)strnlen(
		    reply->back, sizeof(sample_text_t) - 1) +
		1;
	reply->offset = 0;
	reply->count = count;
	done(out, kr,
	    sizeof(*reply) - sizeof(sample_text_t) + ((count + 3u) & ~3u));
}

/* The one descriptor of a request: a send right. */
static kern_return_t
port_check(const mach_msg_header_t *in, const mach_msg_body_t *body,
    const mach_msg_port_descriptor_t *port, size_t size)
{
	if (!COMPLEX(in) || in->msgh_size != size ||
	    body->msgh_descriptor_count != 1)
		return (MIG_BAD_ARGUMENTS);
	if (port->type != MACH_MSG_PORT_DESCRIPTOR ||
	    port->disposition != MACH_MSG_TYPE_PORT_SEND)
		return (MIG_TYPE_ERROR);
	return (KERN_SUCCESS);
}

static void
x_hand(mach_msg_header_t *in, mach_msg_header_t *out)
{
	struct hand_message *request = (struct hand_message *)in;
	struct hand_message *reply = (struct hand_message *)out;
	mach_port_t same = MACH_PORT_NULL;
	kern_return_t kr;

	kr = port_check(in, &request->body, &request->port, sizeof(*request));
	if (kr == KERN_SUCCESS)
		kr = do_sample_hand(
		    in->msgh_local_port, request->port.name, &same);
	if (kr != KERN_SUCCESS) {
		fail(out, kr);
		return;
	}
	memset(&reply->port, 0, sizeof(reply->port));
	reply->port.name = same;
	reply->port.disposition = MACH_MSG_TYPE_MOVE_SEND;
	reply->port.type = MACH_MSG_PORT_DESCRIPTOR;
	done_complex(out, &reply->body, sizeof(*reply));
}

static void
x_double(mach_msg_header_t *in, mach_msg_header_t *out)
{
	struct double_request *request = (struct double_request *)in;
	struct double_reply *reply = (struct double_reply *)out;
	sample_words_t twice = NULL;
	mach_msg_type_number_t count = 0;
	int64_t total = 0;
	kern_return_t kr = KERN_SUCCESS;

	if (!COMPLEX(in) || request->body.msgh_descriptor_count != 1 ||
	    in->msgh_size != sizeof(*request))
		kr = MIG_BAD_ARGUMENTS;
	else if (request->words.type != MACH_MSG_OOL_DESCRIPTOR ||
		 request->words.size / sizeof(twice[0]) != request->count)
		kr = MIG_TYPE_ERROR;
	if (kr == KERN_SUCCESS)
		kr = do_sample_double(in->msgh_local_port,
		    request->words.address, request->count, &twice, &count,
		    &total);
	if (kr != KERN_SUCCESS) {
		fail(out, kr);
		return;
	}
	memset(&reply->twice, 0, sizeof(reply->twice));
	reply->twice.address = twice;
	reply->twice.size = count * (mach_msg_size_t)sizeof(twice[0]);
	reply->twice.deallocate = TRUE;
	reply->twice.copy = MACH_MSG_VIRTUAL_COPY;
	reply->twice.type = MACH_MSG_OOL_DESCRIPTOR;
	reply->NDR = NDR_record;
	reply->count = count;
	reply->total = total;
	done_complex(out, &reply->body, sizeof(*reply));
}

static void
x_note(mach_msg_header_t *in, mach_msg_header_t *out)
{
	struct number_request *request = (struct number_request *)in;

	if (COMPLEX(in) || in->msgh_size != sizeof(*request))
		fail(out, MIG_BAD_ARGUMENTS);
	else
		fail(out, do_sample_note(in->msgh_local_port, request->n));
}

static void
x_fail(mach_msg_header_t *in, mach_msg_header_t *out)
{
	struct fail_request *request = (struct fail_request *)in;
	kern_return_t kr;

	kr = port_check(in, &request->body, &request->port, sizeof(*request));
	if (kr == KERN_SUCCESS)
		kr = do_sample_fail(
		    in->msgh_local_port, request->port.name, request->code);
	fail(out, kr);
}

static void
x_later(mach_msg_header_t *in, mach_msg_header_t *out)
{
	struct number_request *request = (struct number_request *)in;
	struct number_reply *reply = (struct number_reply *)out;
	int32_t twice = 0;
	kern_return_t kr;

	if (COMPLEX(in) || in->msgh_size != sizeof(*request)) {
		fail(out, MIG_BAD_ARGUMENTS);
		return;
	}
	kr = do_sample_later(
	    in->msgh_local_port, in->msgh_remote_port, request->n, &twice);
	reply->n = twice;
	done(out, kr, sizeof(*reply));
}

static void
x_count(mach_msg_header_t *in, mach_msg_header_t *out)
{
	struct number_reply *reply = (struct number_reply *)out;
	int32_t notes = 0;
	kern_return_t kr;

	if (COMPLEX(in) || in->msgh_size != sizeof(*in)) {
		fail(out, MIG_BAD_ARGUMENTS);
		return;
	}
	kr = do_sample_count(in->msgh_local_port, &notes);
	reply->n = notes;
	done(out, kr, sizeof(*reply));
}

#define ROUTINE(stub, arguments, reply)                       \
	{                                                     \
		NULL, stub, arguments, 0, NULL, sizeof(reply) \
	}

const struct do_sample_subsystem do_sample_subsystem = {
	.server = sample_server_routine,
	.start = SAMPLE_ADD,
	.end = SAMPLE_END,
	.maxsize = sizeof(struct echo_reply),
	.routine = {
		ROUTINE(x_add, 5, struct add_reply),
		ROUTINE(x_echo, 3, struct echo_reply),
		ROUTINE(x_hand, 3, struct hand_message),
		ROUTINE(x_double, 6, struct double_reply),
		ROUTINE(x_note, 2, mig_reply_error_t),
		ROUTINE(x_fail, 3, mig_reply_error_t),
		ROUTINE(x_later, 4, struct number_reply),
		ROUTINE(x_count, 2, struct number_reply),
	},
};

mig_routine_t
sample_server_routine(mach_msg_header_t *in)
{
	if (in->msgh_id < SAMPLE_ADD || in->msgh_id >= SAMPLE_END)
		return (NULL);
	return (
	    do_sample_subsystem.routine[in->msgh_id - SAMPLE_ADD].stub_routine);
}

boolean_t
sample_server(mach_msg_header_t *in, mach_msg_header_t *out)
{
	mig_routine_t routine = sample_server_routine(in);

	mig_reply_setup(in, out);
	out->msgh_bits =
	    MACH_MSGH_BITS(MACH_MSGH_BITS_REMOTE(in->msgh_bits), 0);
	out->msgh_remote_port = in->msgh_remote_port;
	out->msgh_voucher_port = MACH_PORT_NULL;
	((mig_reply_error_t *)out)->RetCode = MIG_BAD_ID;
	if (routine == NULL)
		return (FALSE);
	routine(in, out);
	return (TRUE);
}
