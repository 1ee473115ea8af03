/*
 * What a client and the bootstrap server say to each other: messages in the
 * form that MIG gives them, to the port that is a scope of names, or to that
 * of a server which bootstrap_create_server declared.  A request of another
 * size or form than here is answered with MIG_BAD_ARGUMENTS; every failure is
 * a mig_reply_error_t.  The ids are our own: launchd's are of its jobs.
 */
#ifndef ISTHMUS_MACH_BOOTSTRAP_PROTOCOL_H
#define ISTHMUS_MACH_BOOTSTRAP_PROTOCOL_H

#include <stdint.h>

#include <mach/message.h>
#include <mach/mig_errors.h>
#include <mach/ndr.h>
#include <servers/bootstrap.h>

/* A reply's id is its request's and 100, as with all of MIG's. */
enum {
	BOOTSTRAP_MSG_FIRST = 640400,
	BOOTSTRAP_MSG_CHECK_IN = BOOTSTRAP_MSG_FIRST,
	BOOTSTRAP_MSG_REGISTER,
	BOOTSTRAP_MSG_LOOK_UP,
	BOOTSTRAP_MSG_STATUS,
	BOOTSTRAP_MSG_CREATE_SERVICE,
	BOOTSTRAP_MSG_CREATE_SERVER,
	BOOTSTRAP_MSG_SUBSET,
	BOOTSTRAP_MSG_PARENT,
	BOOTSTRAP_MSG_ROOT,
	BOOTSTRAP_MSG_USER,
	BOOTSTRAP_MSG_INFO,
	BOOTSTRAP_MSG_CHILDREN,
	BOOTSTRAP_MSG_END
};
#define BOOTSTRAP_MSG_REPLY 100

#define BOOTSTRAP_INSTANCE_SIZE 16 /* of a uuid_t */

#pragma pack(push, 4)

/*
 * Requests
 */

/* PARENT, ROOT: a port. */
struct bootstrap_plain_request {
	mach_msg_header_t header;
	NDR_record_t ndr;
};

/* STATUS: a number.  CREATE_SERVICE: a port. */
struct bootstrap_name_request {
	mach_msg_header_t header;
	NDR_record_t ndr;
	name_t name;
};

struct bootstrap_check_in_request {
	mach_msg_header_t header;
	NDR_record_t ndr;
	name_t name;
	uint64_t flags; /* PER_PID_SERVICE, STRICT_CHECKIN */
};

/* Answered without a result; no port: the name is given up. */
struct bootstrap_register_request {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t port;
	NDR_record_t ndr;
	name_t name;
	uint64_t flags; /* PER_PID_SERVICE */
};

struct bootstrap_look_up_request {
	mach_msg_header_t header;
	NDR_record_t ndr;
	name_t name;
	int32_t pid; /* whose service, with PER_PID_SERVICE */
	uint8_t instance[BOOTSTRAP_INSTANCE_SIZE];
	uint64_t flags;
};

struct bootstrap_create_server_request {
	mach_msg_header_t header;
	NDR_record_t ndr;
	cmd_t command;
	uint32_t uid;
	boolean_t on_demand;
};

struct bootstrap_subset_request {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t requestor;
};

/* USER: the port of a user's scope; INFO, CHILDREN: lists. */
struct bootstrap_number_request {
	mach_msg_header_t header;
	NDR_record_t ndr;
	uint64_t number; /* uid, flags; 0 for CHILDREN */
};

/*
 * Replies that bring something
 */

struct bootstrap_port_reply {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t port;
};

struct bootstrap_check_in_reply {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t port;
	NDR_record_t ndr;
	uint8_t instance[BOOTSTRAP_INSTANCE_SIZE];
};

struct bootstrap_status_reply {
	mach_msg_header_t header;
	NDR_record_t ndr;
	kern_return_t result;
	bootstrap_status_t status;
};

/* Names, jobs, and a number each; `count` of each. */
struct bootstrap_info_reply {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_ool_descriptor_t names, jobs, actives;
	NDR_record_t ndr;
	mach_msg_type_number_t count;
};

struct bootstrap_children_reply {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_ool_ports_descriptor_t ports;
	mach_msg_ool_descriptor_t names, properties;
	NDR_record_t ndr;
	mach_msg_type_number_t count;
};

union bootstrap_request {
	mach_msg_header_t header;
	struct bootstrap_plain_request plain;
	struct bootstrap_name_request name;
	struct bootstrap_check_in_request check_in;
	struct bootstrap_register_request reg;
	struct bootstrap_look_up_request look_up;
	struct bootstrap_create_server_request create_server;
	struct bootstrap_subset_request subset;
	struct bootstrap_number_request number;
};

union bootstrap_reply {
	mach_msg_header_t header;
	mig_reply_error_t error;
	struct bootstrap_port_reply port;
	struct bootstrap_check_in_reply check_in;
	struct bootstrap_status_reply status;
	struct bootstrap_info_reply info;
	struct bootstrap_children_reply children;
};

#pragma pack(pop)

_Static_assert(sizeof(struct bootstrap_register_request) == 184, "packed");
_Static_assert(sizeof(struct bootstrap_look_up_request) == 188, "packed");
_Static_assert(sizeof(struct bootstrap_info_reply) == 88, "packed");

/*
 * How long a client waits for its server, in ms: nothing that the server does
 * takes long, so whoever does not answer never will.
 */
#define BOOTSTRAP_TIMEOUT_MS 10000

#endif
