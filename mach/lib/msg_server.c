/*
 * mach_msg_server and its kin: the loop of a MIG server.
 */
#include <mach/mach.h>
#include <mach/mach_vm.h>
#include <mach/mig_errors.h>

#include <stdbool.h>

typedef boolean_t demux_t(mach_msg_header_t *, mach_msg_header_t *);

struct server {
	demux_t *demux;
	mach_port_name_t port;
	mach_msg_option_t options;
	mig_reply_error_t *request, *reply;
	mach_msg_size_t request_alloc, reply_alloc; /* whole pages */
	mach_msg_size_t rcv_size, trailer_size;
};

static mach_msg_size_t
pages(mach_msg_size_t size)
{
	return ((mach_msg_size_t)mach_vm_round_page(size));
}

static kern_return_t
buffer_create(mig_reply_error_t **buffer, mach_msg_size_t size)
{
	mach_vm_address_t address = 0;
	kern_return_t kr;

	kr = mach_vm_allocate(mach_task_self(), &address, size,
	    VM_MAKE_TAG(VM_MEMORY_MACH_MSG) | VM_FLAGS_ANYWHERE);
	*buffer = (mig_reply_error_t *)(uintptr_t)address;
	return (kr);
}

static void
buffer_destroy(mig_reply_error_t *buffer, mach_msg_size_t size)
{
	if (buffer != NULL)
		(void)mach_vm_deallocate(mach_task_self(),
		    (mach_vm_address_t)(uintptr_t)buffer, size);
}

static kern_return_t
server_init(struct server *s, demux_t *demux, mach_msg_size_t max_size,
    mach_port_name_t port, mach_msg_options_t options)
{
	kern_return_t kr;

	*s = (struct server){ .demux = demux, .port = port };
	s->options = (mach_msg_option_t)options &
		     ~(MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_VOUCHER);
	s->trailer_size = (mach_msg_size_t)REQUESTED_TRAILER_SIZE(s->options);
	s->request_alloc = pages(max_size + s->trailer_size);
	s->reply_alloc =
	    pages(s->options & MACH_SEND_TRAILER ? max_size + MAX_TRAILER_SIZE
						 : max_size);
	s->rcv_size = s->options & MACH_RCV_LARGE ? s->request_alloc
						  : max_size + s->trailer_size;
	kr = buffer_create(&s->reply, s->reply_alloc);
	if (kr == KERN_SUCCESS)
		kr = buffer_create(&s->request, s->request_alloc);
	return (kr);
}

static void
server_destroy(struct server *s)
{
	buffer_destroy(s->request, s->request_alloc);
	buffer_destroy(s->reply, s->reply_alloc);
}

/*
 * After a receive said `mr`: a message that is too large, and was left in its
 * queue (MACH_RCV_LARGE), is received into a larger buffer.
 */
static mach_msg_return_t
receive_large(struct server *s, mach_msg_return_t mr)
{
	kern_return_t kr;

	while (mr == MACH_RCV_TOO_LARGE && s->options & MACH_RCV_LARGE) {
		mach_msg_size_t size =
		    pages(s->request->Head.msgh_size + s->trailer_size);

		buffer_destroy(s->request, s->request_alloc);
		s->request_alloc = s->rcv_size = size;
		kr = buffer_create(&s->request, size);
		if (kr != KERN_SUCCESS)
			return (kr);
		mr = mach_msg(&s->request->Head, MACH_RCV_MSG | s->options, 0,
		    s->rcv_size, s->port, MACH_MSG_TIMEOUT_NONE,
		    MACH_PORT_NULL);
	}
	return (mr);
}

static mach_msg_return_t
receive(struct server *s)
{
	return (receive_large(s,
	    mach_msg(&s->request->Head, MACH_RCV_MSG | s->options, 0,
		s->rcv_size, s->port, MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL)));
}

/* Has the request served; true when there is a reply to send. */
static bool
serve(struct server *s)
{
	mach_msg_header_t *reply = &s->reply->Head;
	kern_return_t kr;

	*reply = (mach_msg_header_t){ 0 };
	(void)s->demux(&s->request->Head, reply);
	/* A complex reply is a success: its RetCode is a count. */
	kr = reply->msgh_bits & MACH_MSGH_BITS_COMPLEX ? KERN_SUCCESS
						       : s->reply->RetCode;
	if (kr == MIG_NO_REPLY)
		return (false);
	if (kr != KERN_SUCCESS) {
		/* What it carries is nobody's; its reply port is in use. */
		s->request->Head.msgh_remote_port = MACH_PORT_NULL;
		mach_msg_destroy(&s->request->Head);
	}
	return (reply->msgh_remote_port != MACH_PORT_NULL);
}

/*
 * How the reply is to be sent: a client that does not receive must not hold
 * its server up, which a send-once right cannot do.
 */
static mach_msg_option_t
send_options(const struct server *s)
{
	mach_msg_option_t options = MACH_SEND_MSG | s->options;

	if (MACH_MSGH_BITS_REMOTE(s->reply->Head.msgh_bits) !=
	    MACH_MSG_TYPE_MOVE_SEND_ONCE)
		options |= MACH_SEND_TIMEOUT;
	return (options);
}

/* True when the reply came back whole: it is thrown away. */
static bool
unsent(struct server *s, mach_msg_return_t mr)
{
	mach_msg_header_t *h = &s->reply->Head;
	mach_msg_type_name_t local = MACH_MSGH_BITS_LOCAL(h->msgh_bits);

	/* After another error nobody knows what is left of it. */
	if (mr != MACH_SEND_INVALID_DEST && mr != MACH_SEND_TIMED_OUT &&
	    mr != MACH_SEND_INTERRUPTED)
		return (false);
	if (MACH_PORT_VALID(h->msgh_local_port) &&
	    (local == MACH_MSG_TYPE_MOVE_SEND ||
		local == MACH_MSG_TYPE_MOVE_SEND_ONCE))
		(void)mach_port_deallocate(
		    mach_task_self(), h->msgh_local_port);
	h->msgh_local_port = MACH_PORT_NULL;
	mach_msg_destroy(h);
	return (true);
}

mach_msg_return_t
mach_msg_server_once(demux_t *demux, mach_msg_size_t max_size, mach_port_t port,
    mach_msg_options_t options)
{
	struct server s;
	mach_msg_return_t mr;

	mr = server_init(&s, demux, max_size, port, options);
	if (mr == MACH_MSG_SUCCESS)
		mr = receive(&s);
	if (mr == MACH_MSG_SUCCESS && serve(&s)) {
		mr = mach_msg(&s.reply->Head, send_options(&s),
		    s.reply->Head.msgh_size, 0, MACH_PORT_NULL,
		    MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
		if (unsent(&s, mr))
			mr = MACH_MSG_SUCCESS;
	}
	server_destroy(&s);
	return (mr);
}

/* A reply goes out and the next request comes in by one call. */
static mach_msg_return_t
reply_and_receive(struct server *s)
{
	mach_msg_return_t mr;

	mr = mach_msg_overwrite(&s->reply->Head,
	    send_options(s) | MACH_RCV_MSG | MACH_RCV_TIMEOUT,
	    s->reply->Head.msgh_size, s->rcv_size, s->port,
	    MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL, &s->request->Head, 0);
	if (unsent(s, mr) || mr == MACH_RCV_TIMED_OUT)
		return (receive(s));
	return (receive_large(s, mr));
}

mach_msg_return_t
mach_msg_server(demux_t *demux, mach_msg_size_t max_size, mach_port_t port,
    mach_msg_options_t options)
{
	struct server s;
	mach_msg_return_t mr;

	mr = server_init(&s, demux, max_size, port, options);
	if (mr == MACH_MSG_SUCCESS)
		mr = receive(&s);
	while (mr == MACH_MSG_SUCCESS)
		mr = serve(&s) ? reply_and_receive(&s) : receive(&s);
	server_destroy(&s);
	return (mr);
}

/* There is no importance to be given: a plain server. */
mach_msg_return_t
mach_msg_server_importance(demux_t *demux, mach_msg_size_t max_size,
    mach_port_t port, mach_msg_options_t options)
{
	return (mach_msg_server(demux, max_size, port, options));
}
