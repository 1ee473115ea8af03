/* The server's stubs, in the form that MIG gives them. */
#include <string.h>

#include "nc_messages.h"

static void
result(mach_msg_header_t *out, kern_return_t kr)
{
	mig_reply_error_t *Out = (mig_reply_error_t *)(void *)out;

	Out->NDR = NDR_record;
	Out->RetCode = kr;
}

/* A name that ends, of one byte at least. */
static int
name_ok(const nc_name_t name)
{
	return (name[0] != '\0' && memchr(name, '\0', NC_NAME_MAX) != NULL);
}

static int
plain(const mach_msg_header_t *in, size_t size)
{
	return (
	    !MACH_MSGH_BITS_IS_COMPLEX(in->msgh_bits) && in->msgh_size == size);
}

static void
X_post(mach_msg_header_t *in, mach_msg_header_t *out)
{
	nc_post_request_t *In = (nc_post_request_t *)(void *)in;

	if (!plain(in, sizeof(*In)) || !name_ok(In->name)) {
		result(out, MIG_BAD_ARGUMENTS);
		return;
	}
	(void)do_nc_post(in->msgh_local_port, In->name, In->flags, In->state);
	/* A simpleroutine has no reply. */
	result(out, MIG_NO_REPLY);
}

static void
X_observe(mach_msg_header_t *in, mach_msg_header_t *out)
{
	nc_observe_request_t *In = (nc_observe_request_t *)(void *)in;
	nc_observe_reply_t *Out = (nc_observe_reply_t *)(void *)out;
	mach_port_t token;
	kern_return_t kr;

	if (!MACH_MSGH_BITS_IS_COMPLEX(in->msgh_bits) ||
	    in->msgh_size != sizeof(*In) ||
	    In->msgh_body.msgh_descriptor_count != 1 ||
	    In->observer.type != MACH_MSG_PORT_DESCRIPTOR ||
	    In->observer.disposition != MACH_MSG_TYPE_MOVE_SEND ||
	    !name_ok(In->name)) {
		result(out, MIG_BAD_ARGUMENTS);
		return;
	}
	kr = do_nc_observe(in->msgh_local_port, In->name, In->observer.name,
	    &token, &Out->state);
	if (kr != KERN_SUCCESS) {
		result(out, kr);
		return;
	}
	Out->msgh_body.msgh_descriptor_count = 1;
	Out->token = (mach_msg_port_descriptor_t){
		.name = token,
		.disposition = MACH_MSG_TYPE_MAKE_SEND,
		.type = MACH_MSG_PORT_DESCRIPTOR,
	};
	Out->NDR = NDR_record;
	out->msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	out->msgh_size = sizeof(*Out);
}

static void
X_state(mach_msg_header_t *in, mach_msg_header_t *out)
{
	nc_state_request_t *In = (nc_state_request_t *)(void *)in;
	nc_state_reply_t *Out = (nc_state_reply_t *)(void *)out;
	uint64_t state;
	kern_return_t kr;

	if (!plain(in, sizeof(*In)) || !name_ok(In->name)) {
		result(out, MIG_BAD_ARGUMENTS);
		return;
	}
	kr = do_nc_state(in->msgh_local_port, In->name, &state);
	result(out, kr);
	if (kr != KERN_SUCCESS)
		return;
	Out->state = state;
	out->msgh_size = sizeof(*Out);
}

static const mig_stub_routine_t routines[NC_ID_END - NC_BASE] = {
	X_post,
	X_observe,
	X_state,
};

boolean_t
nc_server(mach_msg_header_t *in, mach_msg_header_t *out)
{
	out->msgh_bits =
	    MACH_MSGH_BITS(MACH_MSGH_BITS_REMOTE(in->msgh_bits), 0);
	out->msgh_remote_port = in->msgh_remote_port;
	out->msgh_size = sizeof(mig_reply_error_t);
	out->msgh_local_port = MACH_PORT_NULL;
	out->msgh_id = in->msgh_id + 100;
	out->msgh_reserved = 0;
	if (in->msgh_id < NC_BASE || in->msgh_id >= NC_ID_END) {
		result(out, MIG_BAD_ID);
		return (FALSE);
	}
	routines[in->msgh_id - NC_BASE](in, out);
	return (TRUE);
}
