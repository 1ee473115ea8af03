/* What the client's files share. */
#ifndef ISTHMUS_MACH_BOOTSTRAP_CLIENT_H
#define ISTHMUS_MACH_BOOTSTRAP_CLIENT_H

#include <stdbool.h>

#include "mach/bootstrap/protocol.h"

/* A request, and then its reply. */
struct bootstrap_message {
	union {
		mach_msg_header_t header;
		union bootstrap_request request;
		union bootstrap_reply reply;
	};
	mach_msg_format_0_trailer_t trailer;
};

/*
 * Sends the first `size` bytes, of whose header only the complex bit is
 * looked at, and waits for the reply, BOOTSTRAP_TIMEOUT_MS for each.
 * KERN_SUCCESS: it has the size `reply_size` and is complex or not as asked;
 * its descriptors are still to be looked at.  After anything else no right is
 * left in it.
 */
kern_return_t bootstrap_call(mach_port_t bp, mach_msg_id_t id,
    struct bootstrap_message *, mach_msg_size_t size,
    mach_msg_size_t reply_size, bool reply_complex);
/* The same for a reply that brings one right of that kind. */
kern_return_t bootstrap_call_port(mach_port_t bp, mach_msg_id_t id,
    struct bootstrap_message *, mach_msg_size_t size,
    mach_msg_size_t reply_size, mach_msg_type_name_t disposition,
    mach_port_t *port);

/* Copies a name and zeroes the rest; false: none, empty or too long. */
bool bootstrap_copy_name(name_t to, const char *from);

#endif
