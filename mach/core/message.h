/*
 * Messages inside the core: the bytes as the sender wrote them, and beside
 * them the rights and the memory that they carry.
 */
#ifndef ISTHMUS_MACH_CORE_MESSAGE_H
#define ISTHMUS_MACH_CORE_MESSAGE_H

#include <mach/message.h>

#include "mach/core/port.h"

struct ipc_account;
struct ipc_call;
struct ipc_space;
struct ipc_task;
struct ipc_thread;
struct ipc_timer;

/* A descriptor of a message's body, when it is inside. */
struct ipc_desc {
	uint8_t type;	     /* MACH_MSG_*_DESCRIPTOR */
	uint8_t disposition; /* MACH_MSG_TYPE_PORT_* once inside */
	uint8_t copy;
	bool deallocate;
	uint16_t guard_flags;
	uint32_t count; /* of ports; bytes of a region */
	union {
		struct ipc_port *port;
		struct ipc_port **ports; /* `count` of them, or NULL */
		struct ipc_region *region;
	};
	uint64_t context; /* of a guarded right */
};

#define IPC_MSG_FEW 2		/* descriptors without a second allocation */
#define IPC_MSG_TRAILER 68	/* room behind the body */
#define IPC_MSG_PORTS_MAX 16383 /* XNU IPC_KMSG_MAX_OOL_PORT_COUNT */
#define IPC_MSG_AUX_MAX 1024	/* XNU IPC_KMSG_MAX_AUX_DATA_SPACE */

struct ipc_msg {
	struct ipc_ring ring;
	uint32_t size;	   /* of header and body */
	uint32_t room;	   /* bytes of `data`, the trailer's not counted */
	uint32_t aux_size; /* of auxiliary data, behind the trailer; 0 none */
	uint32_t ndescs;
	struct ipc_port *dest, *reply, *voucher;
	uint8_t dest_type, reply_type, voucher_type; /* MACH_MSG_TYPE_PORT_* */
	bool from_kernel;
	bool always;   /* a full queue does not stop it */
	bool circular; /* a receive right in it would hold itself */
	bool notify;   /* its sender asked for send-possible */
	uint32_t seqno;
	uint64_t context;
	uint32_t labels;
	security_token_t sender;
	audit_token_t audit;
	struct ipc_timer *timer;     /* whose expiry it is, or NULL */
	struct ipc_account *account; /* who pays, or NULL */
	uint64_t charged;	     /* all that it takes, out of line too */
	struct ipc_desc *descs;
	struct ipc_desc few[IPC_MSG_FEW];
	uint8_t *aux;
	_Alignas(8) uint8_t data[]; /* a mach_msg_header_t first */
};

/* What the notice takes that a send-once right becomes when it is not used. */
#define IPC_MSG_NOTICE \
	(sizeof(struct ipc_msg) + sizeof(mach_msg_header_t) + IPC_MSG_TRAILER)

static inline mach_msg_id_t
ipc_msg_id(const struct ipc_msg *msg)
{
	return (((const mach_msg_header_t *)msg->data)->msgh_id);
}

static inline mach_msg_header_t *
ipc_msg_header(struct ipc_msg *msg)
{
	return ((mach_msg_header_t *)(void *)msg->data);
}

/*
 * A message with room for `size` bytes; `aux` bytes of auxiliary data.  The
 * sender's task pays for it until it is destroyed.  MACH_SEND_NO_BUFFER when
 * a limit of it is reached or there is no memory.
 */
kern_return_t ipc_msg_create(
    struct ipc_task *, uint32_t size, uint32_t aux, struct ipc_msg **);
/* Its sender pays for that many bytes more; false at a limit. */
bool ipc_msg_charge(struct ipc_msg *, uint64_t bytes);
/* The kernel's: never fails, and is paid by nobody yet. */
struct ipc_msg *ipc_msg_create_kernel(uint32_t size);
/*
 * That one pays for all of it, past its limits, too, until it is destroyed;
 * NULL: nobody.  Port locked or not.
 */
void ipc_msg_bill(struct ipc_msg *, struct ipc_account *);
/*
 * Frees the memory; rights and regions are not in it any more.
 */
void ipc_msg_free(struct ipc_msg *);
/* Gives back all that it carries, too.  No locks held. */
void ipc_msg_destroy(struct ipc_msg *);
/* The same of a list, and of all that dies with them; empties it. */
void ipc_msg_list_destroy(struct ipc_ring **);

/* Only what the descriptors hold. */
void ipc_msg_release_body(struct ipc_msg *, struct ipc_ring **dead);

/*
 * message_in.c: turns names into rights, addresses into regions.  On failure
 * nothing is left in it; header errors leave the space as it was.
 */
mach_msg_return_t ipc_msg_copyin(
    struct ipc_msg *, struct ipc_thread *, uint64_t options);

/*
 * message_out.c: the reverse, into the receiver's space.  The bytes are then
 * as the receiver is to see them.  Returns MACH_MSG_SUCCESS or
 * MACH_RCV_HEADER_ERROR or MACH_RCV_BODY_ERROR with the special bits.
 */
mach_msg_return_t ipc_msg_copyout(
    struct ipc_msg *, struct ipc_thread *, uint64_t options, uint64_t buffer);
/* The same into the sender's, after it could not be sent: the bits only. */
mach_msg_return_t ipc_msg_copyout_pseudo(
    struct ipc_msg *, struct ipc_thread *, uint64_t buffer);
/* Only the destination's name; all else is given back. */
void ipc_msg_copyout_header(struct ipc_msg *, struct ipc_thread *);
/* Writes the trailer that the options ask for behind the body; its size. */
uint32_t ipc_msg_trailer(struct ipc_msg *, uint64_t options);
/* Size of that trailer. */
uint32_t ipc_msg_trailer_size(uint64_t options);

/*
 * message_send.c: delivers.  It is consumed when the result is
 * MACH_MSG_SUCCESS; when it is IPC_PARKED the thread's waiter has it; else it
 * is the caller's still.
 */
mach_msg_return_t ipc_msg_send(
    struct ipc_msg *, struct ipc_thread *, uint64_t options, uint32_t timeout);
/*
 * The kernel's: it goes, or is dropped; never waits.  Whose the port is pays
 * for it, unless somebody does already.
 */
void ipc_msg_send_kernel(struct ipc_msg *);

#endif
