/*
 * As a program for macOS has it: a service and its client, by hand, with a
 * right and memory in the request and an audit token in the trailer.
 */
#include <mach/mach.h>
#include <mach/mach_error.h>
#include <servers/bootstrap.h>

#include <stdio.h>
#include <string.h>

typedef struct {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t port;
	mach_msg_ool_descriptor_t data;
	int kind;
} request_t;

typedef struct {
	request_t request;
	mach_msg_audit_trailer_t trailer;
} request_rcv_t;

int sample_serve(const char *name);
int sample_call(const char *name, void *data, mach_msg_size_t size);

static kern_return_t
say(const char *what, kern_return_t kr)
{
	if (kr != KERN_SUCCESS)
		fprintf(
		    stderr, "%s: %s (0x%x)\n", what, mach_error_string(kr), kr);
	return kr;
}

int
sample_serve(const char *name)
{
	mach_port_t service;
	request_rcv_t msg;
	mach_msg_return_t mr;

	if (say("check in", bootstrap_check_in(bootstrap_port, name, &service)))
		return 1;
	for (;;) {
		memset(&msg, 0, sizeof(msg));
		mr = mach_msg(&msg.request.header,
		    MACH_RCV_MSG | MACH_RCV_TIMEOUT |
			MACH_RCV_TRAILER_TYPE(MACH_MSG_TRAILER_FORMAT_0) |
			MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT),
		    0, sizeof(msg), service, 1000, MACH_PORT_NULL);
		if (mr == MACH_RCV_TIMED_OUT)
			break;
		if (say("receive", mr))
			return 1;
		if (!MACH_MSGH_BITS_IS_COMPLEX(msg.request.header.msgh_bits) ||
		    msg.request.body.msgh_descriptor_count != 2) {
			mach_msg_destroy(&msg.request.header);
			continue;
		}
		printf("%u bytes from uid %u\n", msg.request.data.size,
		    msg.trailer.msgh_audit.val[1]);
		vm_deallocate(mach_task_self(),
		    (vm_address_t)msg.request.data.address,
		    msg.request.data.size);
		mach_port_deallocate(mach_task_self(), msg.request.port.name);
	}
	return mach_port_mod_refs(mach_task_self(), service,
		   MACH_PORT_RIGHT_RECEIVE, -1) != KERN_SUCCESS;
}

int
sample_call(const char *name, void *data, mach_msg_size_t size)
{
	mach_port_t service, own;
	request_t request = {
		.header = {
			.msgh_bits = MACH_MSGH_BITS_SET(MACH_MSG_TYPE_COPY_SEND,
			    0, 0, MACH_MSGH_BITS_COMPLEX),
			.msgh_size = sizeof(request),
			.msgh_id = 1000,
		},
		.body.msgh_descriptor_count = 2,
	};
	mach_msg_return_t mr;

	if (say("look up", bootstrap_look_up(bootstrap_port, name, &service)))
		return 1;
	if (say("allocate", mach_port_allocate(mach_task_self(),
				MACH_PORT_RIGHT_RECEIVE, &own)))
		return 1;
	request.header.msgh_remote_port = service;
	request.port = (mach_msg_port_descriptor_t){
		.name = own,
		.disposition = MACH_MSG_TYPE_MAKE_SEND,
		.type = MACH_MSG_PORT_DESCRIPTOR,
	};
	request.data = (mach_msg_ool_descriptor_t){
		.address = data,
		.size = size,
		.copy = MACH_MSG_VIRTUAL_COPY,
		.deallocate = FALSE,
		.type = MACH_MSG_OOL_DESCRIPTOR,
	};
	mr = mach_msg(&request.header, MACH_SEND_MSG, sizeof(request), 0,
	    MACH_PORT_NULL, MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
	return say("send", mr) != MACH_MSG_SUCCESS;
}
