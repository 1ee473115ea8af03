/*
 * The client's stubs of sample.defs, as mig(1) writes them.
 */
#include <string.h>

#include "sample_stubs.h"

#define SPECIAL                                                \
	(MACH_SEND_SYNC_OVERRIDE | MACH_SEND_SYNC_USE_THRPRI | \
	    MACH_RCV_SYNC_WAIT)

/* Where nothing was sent the reply port is as good as before. */
static void
reply_port_after(mach_msg_return_t mr, mach_port_t port, boolean_t special)
{
	switch (mr) {
	case MACH_MSG_SUCCESS:
	case MACH_SEND_INVALID_DATA:
	case MACH_SEND_INVALID_DEST:
	case MACH_SEND_INVALID_HEADER:
		if (!special)
			mig_put_reply_port(port);
		break;
	default:
		if (special)
			mig_dealloc_special_reply_port(port);
		else
			mig_dealloc_reply_port(port);
		break;
	}
}

/* Sends a request, receives its reply in the same place. */
static kern_return_t
rpc_with(mach_msg_header_t *h, mach_port_t server, int id, size_t size,
    size_t room, boolean_t special)
{
	mach_msg_option_t options =
	    MACH_SEND_MSG | MACH_RCV_MSG | (special ? SPECIAL : 0);
	mach_port_t reply;
	mach_msg_return_t mr;

	reply = special ? mig_get_special_reply_port() : mig_get_reply_port();
	h->msgh_local_port = reply;
	h->msgh_bits |= MACH_MSGH_BITS(
	    MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	h->msgh_remote_port = server;
	h->msgh_id = id;
	h->msgh_voucher_port = MACH_PORT_NULL;
	if (voucher_mach_msg_set(h))
		return (KERN_FAILURE); /* there are none */
	mr = mach_msg(h, options, (mach_msg_size_t)size, (mach_msg_size_t)room,
	    reply, MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
	reply_port_after(mr, reply, special);
	if (mr != MACH_MSG_SUCCESS)
		return (mr);
	if (h->msgh_id == MACH_NOTIFY_SEND_ONCE)
		return (MIG_SERVER_DIED);
	if (h->msgh_id != id + 100) {
		mach_msg_destroy(h);
		return (MIG_REPLY_MISMATCH);
	}
	return (KERN_SUCCESS);
}

static kern_return_t
rpc(mach_msg_header_t *h, mach_port_t server, int id, size_t size, size_t room)
{
	return (rpc_with(h, server, id, size, room, FALSE));
}

/*
 * What a reply may be: a return code alone, when that is an error; or all of
 * `min` to `max` bytes, with as many descriptors.
 */
static kern_return_t
reply_check(
    mach_msg_header_t *h, unsigned int descriptors, size_t min, size_t max)
{
	mig_reply_error_t *error = (mig_reply_error_t *)h;
	boolean_t simple = !(h->msgh_bits & MACH_MSGH_BITS_COMPLEX);
	mach_msg_body_t body;
	kern_return_t kr = MIG_TYPE_ERROR;

	memcpy(&body, h + 1, sizeof(body));
	if (h->msgh_remote_port != MACH_PORT_NULL)
		kr = MIG_TYPE_ERROR;
	else if (simple && h->msgh_size == sizeof(*error) &&
		 error->RetCode != KERN_SUCCESS)
		kr = error->RetCode;
	else if (h->msgh_size >= min && h->msgh_size <= max &&
		 simple == (descriptors == 0) &&
		 (simple || body.msgh_descriptor_count == descriptors))
		kr = simple ? error->RetCode : KERN_SUCCESS;
	if (kr != KERN_SUCCESS)
		mach_msg_destroy(h);
	return (kr);
}

kern_return_t
sample_add(mach_port_t server, int32_t a, int64_t b, int64_t *sum)
{
	union {
		struct add_request in;
		struct {
			struct add_reply reply;
			mach_msg_trailer_t trailer;
		} out;
	} m;
	kern_return_t kr;

	m.in.Head.msgh_bits = 0;
	m.in.NDR = NDR_record;
	m.in.a = a;
	m.in.b = b;
	kr = rpc(&m.in.Head, server, SAMPLE_ADD, sizeof(m.in), sizeof(m.out));
	if (kr == KERN_SUCCESS)
		kr = reply_check(&m.out.reply.Head, 0, sizeof(m.out.reply),
		    sizeof(m.out.reply));
	if (kr == KERN_SUCCESS)
		*sum = m.out.reply.sum;
	return (kr);
}

kern_return_t
sample_echo(mach_port_t server, sample_text_t text, sample_text_t back)
{
	const size_t least = sizeof(struct echo_reply) - sizeof(sample_text_t);
	union {
		struct echo_request in;
		struct {
			struct echo_reply reply;
			mach_msg_trailer_t trailer;
		} out;
	} m;
	size_t size;
	kern_return_t kr;

	m.in.Head.msgh_bits = 0;
	m.in.NDR = NDR_record;
	m.in.offset = 0;
	m.in.count = (mach_msg_type_number_t)mig_strncpy_zerofill(
	    m.in.text, text, sizeof(m.in.text));
	size = sizeof(m.in) - sizeof(m.in.text) + ((m.in.count + 3u) & ~3u);
	kr = rpc(&m.in.Head, server, SAMPLE_ECHO, size, sizeof(m.out));
	if (kr == KERN_SUCCESS)
		kr = reply_check(
		    &m.out.reply.Head, 0, least, sizeof(m.out.reply));
	if (kr != KERN_SUCCESS)
		return (kr);
	if (m.out.reply.count > sizeof(sample_text_t) ||
	    m.out.reply.Head.msgh_size !=
		least + ((m.out.reply.count + 3u) & ~3u))
		return (MIG_TYPE_ERROR);
	(void)mig_strncpy_zerofill(
	    back, m.out.reply.back, sizeof(sample_text_t));
	return (KERN_SUCCESS);
}

static mach_msg_port_descriptor_t
moved(mach_port_t port)
{
	mach_msg_port_descriptor_t desc;

	memset(&desc, 0, sizeof(desc));
	desc.name = port;
	desc.disposition = MACH_MSG_TYPE_MOVE_SEND;
	desc.type = MACH_MSG_PORT_DESCRIPTOR;
	return (desc);
}

kern_return_t
sample_hand(mach_port_t server, mach_port_t port, mach_port_t *same)
{
	struct {
		struct hand_message message;
		mach_msg_trailer_t trailer;
	} m;
	kern_return_t kr;

	m.message.Head.msgh_bits = MACH_MSGH_BITS_COMPLEX;
	m.message.body.msgh_descriptor_count = 1;
	m.message.port = moved(port);
	kr = rpc(
	    &m.message.Head, server, SAMPLE_HAND, sizeof(m.message), sizeof(m));
	if (kr == KERN_SUCCESS)
		kr = reply_check(
		    &m.message.Head, 1, sizeof(m.message), sizeof(m.message));
	if (kr != KERN_SUCCESS)
		return (kr);
	if (m.message.port.type != MACH_MSG_PORT_DESCRIPTOR ||
	    m.message.port.disposition != MACH_MSG_TYPE_PORT_SEND) {
		mach_msg_destroy(&m.message.Head);
		return (MIG_TYPE_ERROR);
	}
	*same = m.message.port.name;
	return (KERN_SUCCESS);
}

kern_return_t
sample_double(mach_port_t server, sample_words_t words,
    mach_msg_type_number_t count, sample_words_t *twice,
    mach_msg_type_number_t *twice_count, int64_t *total)
{
	union {
		struct double_request in;
		struct {
			struct double_reply reply;
			mach_msg_trailer_t trailer;
		} out;
	} m;
	kern_return_t kr;

	m.in.Head.msgh_bits = MACH_MSGH_BITS_COMPLEX;
	m.in.body.msgh_descriptor_count = 1;
	memset(&m.in.words, 0, sizeof(m.in.words));
	m.in.words.address = words;
	m.in.words.size = count * (mach_msg_size_t)sizeof(words[0]);
	m.in.words.deallocate = FALSE;
	m.in.words.copy = MACH_MSG_VIRTUAL_COPY;
	m.in.words.type = MACH_MSG_OOL_DESCRIPTOR;
	m.in.NDR = NDR_record;
	m.in.count = count;
	kr =
	    rpc(&m.in.Head, server, SAMPLE_DOUBLE, sizeof(m.in), sizeof(m.out));
	if (kr == KERN_SUCCESS)
		kr = reply_check(&m.out.reply.Head, 1, sizeof(m.out.reply),
		    sizeof(m.out.reply));
	if (kr != KERN_SUCCESS)
		return (kr);
	if (m.out.reply.twice.type != MACH_MSG_OOL_DESCRIPTOR ||
	    m.out.reply.twice.size / sizeof(words[0]) != m.out.reply.count) {
		mach_msg_destroy(&m.out.reply.Head);
		return (MIG_TYPE_ERROR);
	}
	*twice = m.out.reply.twice.address;
	*twice_count = m.out.reply.count;
	*total = m.out.reply.total;
	return (KERN_SUCCESS);
}

/* A simple routine: nothing comes back, and no reply port goes along. */
kern_return_t
sample_note(mach_port_t server, int32_t n)
{
	struct number_request m;

	m.NDR = NDR_record;
	m.n = n;
	m.Head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	m.Head.msgh_remote_port = server;
	m.Head.msgh_local_port = MACH_PORT_NULL;
	m.Head.msgh_voucher_port = MACH_PORT_NULL;
	m.Head.msgh_id = SAMPLE_NOTE;
	return (mach_msg(&m.Head, MACH_SEND_MSG, sizeof(m), 0, MACH_PORT_NULL,
	    MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL));
}

kern_return_t
sample_fail(mach_port_t server, mach_port_t port, kern_return_t code)
{
	union {
		struct fail_request in;
		struct {
			mig_reply_error_t reply;
			mach_msg_trailer_t trailer;
		} out;
	} m;
	kern_return_t kr;

	m.in.Head.msgh_bits = MACH_MSGH_BITS_COMPLEX;
	m.in.body.msgh_descriptor_count = 1;
	m.in.port = moved(port);
	m.in.NDR = NDR_record;
	m.in.code = code;
	kr = rpc(&m.in.Head, server, SAMPLE_FAIL, sizeof(m.in), sizeof(m.out));
	return (kr != KERN_SUCCESS
		    ? kr
		    : reply_check(&m.out.reply.Head, 0, sizeof(m.out.reply),
			  sizeof(m.out.reply)));
}

static kern_return_t
number(mach_port_t server, int id, boolean_t sends, boolean_t special,
    int32_t n, int32_t *out)
{
	union {
		struct number_request in;
		struct {
			struct number_reply reply;
			mach_msg_trailer_t trailer;
		} out;
	} m;
	kern_return_t kr;

	m.in.Head.msgh_bits = 0;
	m.in.NDR = NDR_record;
	m.in.n = n;
	/* Without arguments a request is its header. */
	kr = rpc_with(&m.in.Head, server, id,
	    sends ? sizeof(m.in) : sizeof(m.in.Head), sizeof(m.out), special);
	if (kr == KERN_SUCCESS)
		kr = reply_check(&m.out.reply.Head, 0, sizeof(m.out.reply),
		    sizeof(m.out.reply));
	if (kr == KERN_SUCCESS)
		*out = m.out.reply.n;
	return (kr);
}

kern_return_t
sample_later(mach_port_t server, int32_t n, int32_t *twice)
{
	return (number(server, SAMPLE_LATER, TRUE, FALSE, n, twice));
}

kern_return_t
sample_count(mach_port_t server, int32_t *notes)
{
	return (number(server, SAMPLE_COUNT, FALSE, TRUE, 0, notes));
}
