/*
 * As MIG makes it: the server's side of one routine, add(a, b), with the
 * checks and the tables of a subsystem.
 */
#include <mach/boolean.h>
#include <mach/kern_return.h>
#include <mach/mach_types.h>
#include <mach/mig.h>
#include <mach/mig_errors.h>
#include <mach/ndr.h>
#include <mach/notify.h>
#include <mach/port.h>
#include <mach/std_types.h>

#include <stddef.h>

#pragma pack(push, 4)
typedef struct {
	mach_msg_header_t Head;
	NDR_record_t NDR;
	int a, b;
} add_request_t;
typedef struct {
	mach_msg_header_t Head;
	NDR_record_t NDR;
	kern_return_t RetCode;
	int sum;
} add_reply_t;
#pragma pack(pop)

boolean_t sample_server(mach_msg_header_t *in, mach_msg_header_t *out);

static void
add_stub(mach_msg_header_t *in, mach_msg_header_t *out)
{
	add_request_t *request = (add_request_t *)(void *)in;
	add_reply_t *reply = (add_reply_t *)(void *)out;

#if __MigTypeCheck
	if (in->msgh_size != sizeof(*request) ||
	    MACH_MSGH_BITS_IS_COMPLEX(in->msgh_bits)) {
		((mig_reply_error_t *)(void *)out)->RetCode = MIG_BAD_ARGUMENTS;
		return;
	}
#endif
	reply->NDR = NDR_record;
	reply->RetCode = KERN_SUCCESS;
	reply->sum = request->a + request->b;
	reply->Head.msgh_size = sizeof(*reply);
}

static mig_routine_t
lookup(mach_msg_header_t *in)
{
	return (in->msgh_id == 500 ? add_stub : NULL);
}

static const struct mig_subsystem subsystem = {
	lookup,
	500,
	501,
	sizeof(add_reply_t),
	(vm_address_t)0,
	{ { (mig_impl_routine_t)0, add_stub, 4, 0, (routine_arg_descriptor_t)0,
	    sizeof(add_reply_t) } },
};

boolean_t
sample_server(mach_msg_header_t *in, mach_msg_header_t *out)
{
	mig_routine_t routine;

	out->msgh_bits =
	    MACH_MSGH_BITS(MACH_MSGH_BITS_REMOTE(in->msgh_bits), 0);
	out->msgh_remote_port = in->msgh_remote_port;
	out->msgh_size = sizeof(mig_reply_error_t);
	out->msgh_local_port = MACH_PORT_NULL;
	out->msgh_id = in->msgh_id + 100;
	out->msgh_reserved = 0;
	routine = subsystem.server(in);
	if (routine == NULL) {
		((mig_reply_error_t *)(void *)out)->NDR = NDR_record;
		((mig_reply_error_t *)(void *)out)->RetCode = MIG_BAD_ID;
		return FALSE;
	}
	routine(in, out);
	return TRUE;
}
