/*
 * What stands in a message: header, body, descriptors, trailers.  All packed
 * to 4 bytes.  Part of <mach/message.h>, which is what to include.
 * Facts: xnu-11417.101.15 osfmk/mach/message.h (user side, LP64)
 */
#ifndef _MACH_MESSAGE_TYPES_H_
#define _MACH_MESSAGE_TYPES_H_

/* Dispositions: what the sender holds and does, what the receiver gets. */
typedef unsigned int mach_msg_type_name_t;
#define MACH_MSG_TYPE_PORT_NONE 0
#define MACH_MSG_TYPE_PORT_NAME 15 /* the number, no right */
#define MACH_MSG_TYPE_MOVE_RECEIVE 16
#define MACH_MSG_TYPE_MOVE_SEND 17
#define MACH_MSG_TYPE_MOVE_SEND_ONCE 18
#define MACH_MSG_TYPE_COPY_SEND 19
#define MACH_MSG_TYPE_MAKE_SEND 20 /* from a receive right, as the next */
#define MACH_MSG_TYPE_MAKE_SEND_ONCE 21
#define MACH_MSG_TYPE_COPY_RECEIVE 22 /* refused */
#define MACH_MSG_TYPE_DISPOSE_RECEIVE 24
#define MACH_MSG_TYPE_DISPOSE_SEND 25
#define MACH_MSG_TYPE_DISPOSE_SEND_ONCE 26
#define MACH_MSG_TYPE_PORT_RECEIVE MACH_MSG_TYPE_MOVE_RECEIVE
#define MACH_MSG_TYPE_PORT_SEND MACH_MSG_TYPE_MOVE_SEND
#define MACH_MSG_TYPE_PORT_SEND_ONCE MACH_MSG_TYPE_MOVE_SEND_ONCE
#define MACH_MSG_TYPE_LAST 22
#define MACH_MSG_TYPE_POLYMORPHIC ((mach_msg_type_name_t)-1)

#define MACH_MSG_TYPE_PORT_ANY(x)               \
	(((x) >= MACH_MSG_TYPE_MOVE_RECEIVE) && \
	    ((x) <= MACH_MSG_TYPE_MAKE_SEND_ONCE))
#define MACH_MSG_TYPE_PORT_ANY_SEND(x)       \
	(((x) >= MACH_MSG_TYPE_MOVE_SEND) && \
	    ((x) <= MACH_MSG_TYPE_MAKE_SEND_ONCE))
#define MACH_MSG_TYPE_PORT_ANY_SEND_ONCE(x)       \
	(((x) == MACH_MSG_TYPE_MOVE_SEND_ONCE) || \
	    ((x) == MACH_MSG_TYPE_MAKE_SEND_ONCE))
#define MACH_MSG_TYPE_PORT_ANY_RIGHT(x)         \
	(((x) >= MACH_MSG_TYPE_MOVE_RECEIVE) && \
	    ((x) <= MACH_MSG_TYPE_MOVE_SEND_ONCE))

typedef unsigned int mach_msg_copy_options_t;
#define MACH_MSG_PHYSICAL_COPY 0
#define MACH_MSG_VIRTUAL_COPY 1
#define MACH_MSG_ALLOCATE 2
#define MACH_MSG_OVERWRITE 3 /* obsolete */

typedef unsigned int mach_msg_guard_flags_t;
#define MACH_MSG_GUARD_FLAGS_NONE 0x0000
#define MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE 0x0001 /* from now on */
#define MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND 0x0002 /* or fail */
#define MACH_MSG_GUARD_FLAGS_MASK 0x0003

/* Descriptors differ in size: step over them by their type. */
typedef unsigned int mach_msg_descriptor_type_t;
#define MACH_MSG_PORT_DESCRIPTOR 0
#define MACH_MSG_OOL_DESCRIPTOR 1
#define MACH_MSG_OOL_PORTS_DESCRIPTOR 2
#define MACH_MSG_OOL_VOLATILE_DESCRIPTOR 3
#define MACH_MSG_GUARDED_PORT_DESCRIPTOR 4
#define MACH_MSG_DESCRIPTOR_MAX MACH_MSG_GUARDED_PORT_DESCRIPTOR

#pragma pack(push, 4)

/* What all have in common. */
typedef struct {
	natural_t pad1;
	mach_msg_size_t pad2;
	unsigned int pad3 : 24;
	mach_msg_descriptor_type_t type : 8;
} mach_msg_type_descriptor_t;

typedef struct {
	mach_port_t name;
	mach_msg_size_t pad1;
	unsigned int pad2 : 16;
	mach_msg_type_name_t disposition : 8;
	mach_msg_descriptor_type_t type : 8;
} mach_msg_port_descriptor_t;

typedef struct {
	uint32_t address;
	mach_msg_size_t size;
	boolean_t deallocate : 8;
	mach_msg_copy_options_t copy : 8;
	unsigned int pad1 : 8;
	mach_msg_descriptor_type_t type : 8;
} mach_msg_ool_descriptor32_t;

typedef struct {
	uint64_t address;
	boolean_t deallocate : 8;
	mach_msg_copy_options_t copy : 8;
	unsigned int pad1 : 8;
	mach_msg_descriptor_type_t type : 8;
	mach_msg_size_t size;
} mach_msg_ool_descriptor64_t;

typedef struct {
	void *address;
	boolean_t deallocate : 8; /* from the sender, once sent */
	mach_msg_copy_options_t copy : 8;
	unsigned int pad1 : 8;
	mach_msg_descriptor_type_t type : 8;
	mach_msg_size_t size; /* bytes */
} mach_msg_ool_descriptor_t;

typedef struct {
	uint32_t address;
	mach_msg_size_t count;
	boolean_t deallocate : 8;
	mach_msg_copy_options_t copy : 8;
	mach_msg_type_name_t disposition : 8;
	mach_msg_descriptor_type_t type : 8;
} mach_msg_ool_ports_descriptor32_t;

typedef struct {
	uint64_t address;
	boolean_t deallocate : 8;
	mach_msg_copy_options_t copy : 8;
	mach_msg_type_name_t disposition : 8;
	mach_msg_descriptor_type_t type : 8;
	mach_msg_size_t count;
} mach_msg_ool_ports_descriptor64_t;

typedef struct {
	void *address; /* mach_port_t[count] */
	boolean_t deallocate : 8;
	mach_msg_copy_options_t copy : 8;
	mach_msg_type_name_t disposition : 8;
	mach_msg_descriptor_type_t type : 8;
	mach_msg_size_t count;
} mach_msg_ool_ports_descriptor_t;

typedef struct {
	uint32_t context;
	mach_port_name_t name;
	mach_msg_guard_flags_t flags : 16;
	mach_msg_type_name_t disposition : 8;
	mach_msg_descriptor_type_t type : 8;
} mach_msg_guarded_port_descriptor32_t;

typedef struct {
	uint64_t context;
	mach_msg_guard_flags_t flags : 16;
	mach_msg_type_name_t disposition : 8;
	mach_msg_descriptor_type_t type : 8;
	mach_port_name_t name;
} mach_msg_guarded_port_descriptor64_t;

typedef struct {
	mach_port_context_t context; /* the guard */
	mach_msg_guard_flags_t flags : 16;
	mach_msg_type_name_t disposition : 8;
	mach_msg_descriptor_type_t type : 8;
	mach_port_name_t name;
} mach_msg_guarded_port_descriptor_t;

typedef union {
	mach_msg_port_descriptor_t port;
	mach_msg_ool_descriptor_t out_of_line;
	mach_msg_ool_ports_descriptor_t ool_ports;
	mach_msg_type_descriptor_t type;
	mach_msg_guarded_port_descriptor_t guarded_port;
} mach_msg_descriptor_t;

typedef struct {
	mach_msg_size_t msgh_descriptor_count;
} mach_msg_body_t;

typedef struct {
	mach_msg_bits_t msgh_bits;
	mach_msg_size_t msgh_size;
	mach_port_t msgh_remote_port; /* where to */
	mach_port_t msgh_local_port;  /* where replies go */
	mach_port_name_t msgh_voucher_port;
	mach_msg_id_t msgh_id; /* of no meaning here */
} mach_msg_header_t;

typedef struct {
	mach_msg_header_t header;
	mach_msg_body_t body;
} mach_msg_base_t;

typedef struct {
	mach_vm_address_t msgv_data; /* to send; to receive, if no other */
	mach_vm_address_t msgv_rcv_addr;
	mach_msg_size_t msgv_send_size;
	mach_msg_size_t msgv_rcv_size;
} mach_msg_vector_t;

/* Auxiliary data starts with it. */
typedef struct {
	mach_msg_size_t msgdh_size; /* this header in it */
	uint32_t msgdh_reserved;
} mach_msg_aux_header_t;

typedef unsigned int mach_msg_trailer_type_t;
typedef unsigned int mach_msg_trailer_size_t;
typedef char *mach_msg_trailer_info_t;
typedef int mach_msg_filter_id;

typedef struct {
	unsigned int val[2]; /* uid, gid */
} security_token_t;

typedef struct {
	unsigned int val[8];
} audit_token_t;

typedef struct {
	mach_port_name_t sender;
} msg_labels_t;

/* Trailers, each the one before and more. */
#define _MACH_TRAILER                              \
	mach_msg_trailer_type_t msgh_trailer_type; \
	mach_msg_trailer_size_t msgh_trailer_size
#define _MACH_TRAILER_SEQNO \
	_MACH_TRAILER;      \
	mach_port_seqno_t msgh_seqno
#define _MACH_TRAILER_SENDER \
	_MACH_TRAILER_SEQNO; \
	security_token_t msgh_sender
#define _MACH_TRAILER_AUDIT   \
	_MACH_TRAILER_SENDER; \
	audit_token_t msgh_audit
#define _MACH_TRAILER_CTX    \
	_MACH_TRAILER_AUDIT; \
	mach_port_context_t msgh_context
#define _MACH_TRAILER_AV            \
	_MACH_TRAILER_CTX;          \
	mach_msg_filter_id msgh_ad; \
	msg_labels_t msgh_labels

typedef struct {
	_MACH_TRAILER;
} mach_msg_trailer_t;

typedef struct {
	_MACH_TRAILER_SEQNO;
} mach_msg_seqno_trailer_t;

typedef struct {
	_MACH_TRAILER_SENDER;
} mach_msg_security_trailer_t;

typedef struct {
	_MACH_TRAILER_AUDIT;
} mach_msg_audit_trailer_t;

typedef struct {
	_MACH_TRAILER_CTX;
} mach_msg_context_trailer_t;

typedef struct {
	_MACH_TRAILER_AV;
} mach_msg_mac_trailer_t;

typedef mach_msg_mac_trailer_t mach_msg_max_trailer_t;
typedef mach_msg_security_trailer_t mach_msg_format_0_trailer_t;

typedef struct {
	mach_msg_header_t header;
} mach_msg_empty_send_t;

typedef struct {
	mach_msg_header_t header;
	mach_msg_trailer_t trailer;
} mach_msg_empty_rcv_t;

typedef union {
	mach_msg_empty_send_t send;
	mach_msg_empty_rcv_t rcv;
} mach_msg_empty_t;

#pragma pack(pop)

#include <mach/_message_asserts.h>

#endif /* !_MACH_MESSAGE_TYPES_H_ */
