/*
 * A call of the bootstrap server: as a stub of MIG's would be, but that it
 * never waits for ever.
 */
#include <string.h>

#include <mach/mach.h>
#include <mach/notify.h>

#include "mach/bootstrap/client.h"

bool
bootstrap_copy_name(name_t to, const char *from)
{
	size_t n = from == NULL ? 0 : strnlen(from, sizeof(name_t));

	if (n == 0 || n == sizeof(name_t))
		return (false);
	memset(to, 0, sizeof(name_t));
	memcpy(to, from, n);
	return (true);
}

/*
 * A message that could not be sent.  Once it was on its way it came back, all
 * of its rights moved into it; before, nothing was taken.
 */
static void
unsent(mach_msg_header_t *h)
{
	if (MACH_MSGH_BITS_REMOTE(h->msgh_bits) != MACH_MSG_TYPE_MOVE_SEND)
		return;
	if (MACH_MSGH_BITS_LOCAL(h->msgh_bits) == MACH_MSG_TYPE_MOVE_SEND_ONCE)
		(void)mach_port_deallocate(
		    mach_task_self(), h->msgh_local_port);
	mach_msg_destroy(h);
}

/* What the reply says; after a failure nothing is left in it. */
static kern_return_t
reply_check(struct bootstrap_message *m, mach_msg_id_t id,
    mach_msg_size_t reply_size, bool reply_complex)
{
	const mach_msg_header_t *h = &m->header;
	bool complex = (h->msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0;
	kern_return_t kr = MIG_TYPE_ERROR;

	if (h->msgh_id == MACH_NOTIFY_SEND_ONCE)
		kr = MIG_SERVER_DIED;
	else if (h->msgh_id != id + BOOTSTRAP_MSG_REPLY)
		kr = MIG_REPLY_MISMATCH;
	else if (h->msgh_remote_port != MACH_PORT_NULL)
		kr = MIG_TYPE_ERROR;
	else if (!complex && h->msgh_size == sizeof(mig_reply_error_t) &&
		 (m->reply.error.RetCode != KERN_SUCCESS ||
		     reply_size == sizeof(mig_reply_error_t)))
		return (m->reply.error.RetCode);
	else if (complex == reply_complex && h->msgh_size == reply_size)
		return (KERN_SUCCESS);
	mach_msg_destroy(&m->header);
	return (kr);
}

kern_return_t
bootstrap_call(mach_port_t bp, mach_msg_id_t id, struct bootstrap_message *m,
    mach_msg_size_t size, mach_msg_size_t reply_size, bool reply_complex)
{
	mach_msg_header_t *h = &m->header;
	mach_msg_return_t mr;

	h->msgh_bits = (h->msgh_bits & MACH_MSGH_BITS_COMPLEX) |
		       MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
			   MACH_MSG_TYPE_MAKE_SEND_ONCE);
	h->msgh_size = size;
	h->msgh_remote_port = bp;
	h->msgh_local_port = mig_get_reply_port();
	h->msgh_voucher_port = MACH_PORT_NULL;
	h->msgh_id = id;
	mr = mach_msg(h,
	    MACH_SEND_MSG | MACH_RCV_MSG | MACH_SEND_TIMEOUT | MACH_RCV_TIMEOUT,
	    size, sizeof(*m), h->msgh_local_port, BOOTSTRAP_TIMEOUT_MS,
	    MACH_PORT_NULL);
	if (mr == MACH_MSG_SUCCESS)
		return (reply_check(m, id, reply_size, reply_complex));
	if ((mr & ~MACH_MSG_MASK) == MACH_RCV_BODY_ERROR)
		mach_msg_destroy(h);
	else if ((mr & ~MACH_MSG_MASK) >= MACH_RCV_IN_PROGRESS)
		/* Its reply may yet come, and is not the next call's. */
		mig_dealloc_reply_port(mig_get_reply_port());
	else
		unsent(h);
	return (mr);
}

kern_return_t
bootstrap_call_port(mach_port_t bp, mach_msg_id_t id,
    struct bootstrap_message *m, mach_msg_size_t size,
    mach_msg_size_t reply_size, mach_msg_type_name_t disposition,
    mach_port_t *port)
{
	const struct bootstrap_port_reply *reply = &m->reply.port;
	kern_return_t kr;

	*port = MACH_PORT_NULL;
	kr = bootstrap_call(bp, id, m, size, reply_size, true);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (reply->body.msgh_descriptor_count != 1 ||
	    reply->port.type != MACH_MSG_PORT_DESCRIPTOR ||
	    reply->port.disposition != disposition) {
		mach_msg_destroy(&m->header);
		return (MIG_TYPE_ERROR);
	}
	*port = reply->port.name;
	return (KERN_SUCCESS);
}
