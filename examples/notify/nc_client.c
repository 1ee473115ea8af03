/* The client's stubs, in the form that MIG gives them. */
#include <mach/notify.h>

#include "nc_messages.h"

kern_return_t
nc_post(mach_port_t server, const char *name, uint32_t flags, uint64_t state)
{
	nc_post_request_t In;

	In.NDR = NDR_record;
	(void)mig_strncpy_zerofill(In.name, name, NC_NAME_MAX);
	In.flags = flags;
	In.state = state;
	In.Head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	In.Head.msgh_remote_port = server;
	In.Head.msgh_local_port = MACH_PORT_NULL;
	In.Head.msgh_id = NC_ID_POST;
	In.Head.msgh_reserved = 0;
	return (mach_msg(&In.Head, MACH_SEND_MSG, sizeof(In), 0, MACH_PORT_NULL,
	    MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL));
}

/* Sends a request, and receives its reply into the same buffer. */
static kern_return_t
call(mach_port_t server, mach_msg_header_t *h, mach_msg_bits_t complex,
    mach_msg_id_t id, mach_msg_size_t send_size, mach_msg_size_t size)
{
	mach_msg_return_t mr;

	h->msgh_bits = complex | MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
				     MACH_MSG_TYPE_MAKE_SEND_ONCE);
	h->msgh_remote_port = server;
	h->msgh_local_port = mig_get_reply_port();
	h->msgh_id = id;
	h->msgh_reserved = 0;
	mr = mach_msg(h, MACH_SEND_MSG | MACH_RCV_MSG, send_size, size,
	    h->msgh_local_port, MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
	if (mr != MACH_MSG_SUCCESS) {
		mig_dealloc_reply_port(h->msgh_local_port);
		return (mr);
	}
	if (h->msgh_id == MACH_NOTIFY_SEND_ONCE)
		return (MIG_SERVER_DIED);
	if (h->msgh_id != id + 100) {
		mach_msg_destroy(h);
		return (MIG_REPLY_MISMATCH);
	}
	if (MACH_MSGH_BITS_IS_COMPLEX(h->msgh_bits))
		return (KERN_SUCCESS);
	if (h->msgh_size < sizeof(mig_reply_error_t))
		return (MIG_TYPE_ERROR);
	return (((mig_reply_error_t *)(void *)h)->RetCode);
}

kern_return_t
nc_observe(mach_port_t server, const char *name, mach_port_t observer,
    mach_port_t *token, uint64_t *state)
{
	union {
		nc_observe_request_t In;
		struct {
			nc_observe_reply_t reply;
			mach_msg_trailer_t trailer;
		} Out;
	} Mess;
	nc_observe_reply_t *Out = &Mess.Out.reply;
	kern_return_t kr;

	Mess.In.msgh_body.msgh_descriptor_count = 1;
	Mess.In.observer = (mach_msg_port_descriptor_t){
		.name = observer,
		.disposition = MACH_MSG_TYPE_MAKE_SEND,
		.type = MACH_MSG_PORT_DESCRIPTOR,
	};
	Mess.In.NDR = NDR_record;
	(void)mig_strncpy_zerofill(Mess.In.name, name, NC_NAME_MAX);
	kr = call(server, &Mess.In.Head, MACH_MSGH_BITS_COMPLEX, NC_ID_OBSERVE,
	    sizeof(Mess.In), sizeof(Mess.Out));
	if (kr != KERN_SUCCESS)
		return (kr);
	if (!MACH_MSGH_BITS_IS_COMPLEX(Out->Head.msgh_bits) ||
	    Out->Head.msgh_size != sizeof(*Out) ||
	    Out->msgh_body.msgh_descriptor_count != 1 ||
	    Out->token.type != MACH_MSG_PORT_DESCRIPTOR ||
	    Out->token.disposition != MACH_MSG_TYPE_MOVE_SEND) {
		mach_msg_destroy(&Out->Head);
		return (MIG_TYPE_ERROR);
	}
	*token = Out->token.name;
	*state = Out->state;
	return (KERN_SUCCESS);
}

kern_return_t
nc_state(mach_port_t server, const char *name, uint64_t *state)
{
	union {
		nc_state_request_t In;
		struct {
			nc_state_reply_t reply;
			mach_msg_trailer_t trailer;
		} Out;
	} Mess;
	nc_state_reply_t *Out = &Mess.Out.reply;
	kern_return_t kr;

	Mess.In.NDR = NDR_record;
	(void)mig_strncpy_zerofill(Mess.In.name, name, NC_NAME_MAX);
	kr = call(server, &Mess.In.Head, 0, NC_ID_STATE, sizeof(Mess.In),
	    sizeof(Mess.Out));
	if (kr != KERN_SUCCESS)
		return (kr);
	if (MACH_MSGH_BITS_IS_COMPLEX(Out->Head.msgh_bits) ||
	    Out->Head.msgh_size != sizeof(*Out)) {
		mach_msg_destroy(&Out->Head);
		return (MIG_TYPE_ERROR);
	}
	*state = Out->state;
	return (KERN_SUCCESS);
}
