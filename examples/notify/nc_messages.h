/* The messages of nc.defs, as they are sent. */
#ifndef NC_MESSAGES_H
#define NC_MESSAGES_H

#include <mach/mig_errors.h>
#include <mach/ndr.h>

#include "nc.h"

#define NC_BASE 72000
enum nc_routine { NC_ID_POST = NC_BASE, NC_ID_OBSERVE, NC_ID_STATE, NC_ID_END };

#pragma pack(push, 4)
typedef struct {
	mach_msg_header_t Head;
	NDR_record_t NDR;
	nc_name_t name;
	uint32_t flags;
	uint64_t state;
} nc_post_request_t;

typedef struct {
	mach_msg_header_t Head;
	mach_msg_body_t msgh_body;
	mach_msg_port_descriptor_t observer;
	NDR_record_t NDR;
	nc_name_t name;
} nc_observe_request_t;

typedef struct {
	mach_msg_header_t Head;
	NDR_record_t NDR;
	nc_name_t name;
} nc_state_request_t;

typedef struct {
	mach_msg_header_t Head;
	mach_msg_body_t msgh_body;
	mach_msg_port_descriptor_t token;
	NDR_record_t NDR;
	uint64_t state;
} nc_observe_reply_t;

typedef struct {
	mach_msg_header_t Head;
	NDR_record_t NDR;
	kern_return_t RetCode;
	uint64_t state;
} nc_state_reply_t;
#pragma pack(pop)

#define NC_MESSAGE_MAX 512u /* requests and replies, with trailers */

#endif
