/*
 * Messages: header, options of mach_msg(), calls.  LP64, user-land view.
 * Descriptors and trailers stand in _message_types.h, option and result
 * codes in _message_codes.h.
 * Facts: xnu-11417.101.15 osfmk/mach/message.h
 */
#ifndef _MACH_MESSAGE_H_
#define _MACH_MESSAGE_H_

#include <mach/port.h>
#include <mach/boolean.h>
#include <mach/kern_return.h>
#include <mach/machine/vm_types.h>

/* Milliseconds. */
typedef natural_t mach_msg_timeout_t;
#define MACH_MSG_TIMEOUT_NONE ((mach_msg_timeout_t)0)

/* msgh_bits: dispositions of the three ports of a header, and flags. */
typedef unsigned int mach_msg_bits_t;
#define MACH_MSGH_BITS_ZERO 0x00000000
#define MACH_MSGH_BITS_REMOTE_MASK 0x0000001f
#define MACH_MSGH_BITS_LOCAL_MASK 0x00001f00
#define MACH_MSGH_BITS_VOUCHER_MASK 0x001f0000
#define MACH_MSGH_BITS_PORTS_MASK                                 \
	(MACH_MSGH_BITS_REMOTE_MASK | MACH_MSGH_BITS_LOCAL_MASK | \
	    MACH_MSGH_BITS_VOUCHER_MASK)
#define MACH_MSGH_BITS_COMPLEX 0x80000000U /* descriptors follow */
#define MACH_MSGH_BITS_USER 0x801f1f1fU	   /* what a sender may set */
#define MACH_MSGH_BITS_RAISEIMP 0x20000000U
#define MACH_MSGH_BITS_DENAP MACH_MSGH_BITS_RAISEIMP
#define MACH_MSGH_BITS_IMPHOLDASRT 0x10000000U
#define MACH_MSGH_BITS_DENAPHOLDASRT MACH_MSGH_BITS_IMPHOLDASRT
#define MACH_MSGH_BITS_CIRCULAR 0x10000000U
#define MACH_MSGH_BITS_USED 0xb01f1f1fU

#define MACH_MSGH_BITS(remote, local) ((remote) | ((local) << 8))
#define MACH_MSGH_BITS_SET_PORTS(remote, local, voucher)   \
	(((remote)&MACH_MSGH_BITS_REMOTE_MASK) |           \
	    (((local) << 8) & MACH_MSGH_BITS_LOCAL_MASK) | \
	    (((voucher) << 16) & MACH_MSGH_BITS_VOUCHER_MASK))
#define MACH_MSGH_BITS_SET(remote, local, voucher, other)         \
	(MACH_MSGH_BITS_SET_PORTS((remote), (local), (voucher)) | \
	    ((other) & ~MACH_MSGH_BITS_PORTS_MASK))

#define MACH_MSGH_BITS_REMOTE(bits) ((bits)&MACH_MSGH_BITS_REMOTE_MASK)
#define MACH_MSGH_BITS_LOCAL(bits) (((bits)&MACH_MSGH_BITS_LOCAL_MASK) >> 8)
#define MACH_MSGH_BITS_VOUCHER(bits) \
	(((bits)&MACH_MSGH_BITS_VOUCHER_MASK) >> 16)
#define MACH_MSGH_BITS_PORTS(bits) ((bits)&MACH_MSGH_BITS_PORTS_MASK)
#define MACH_MSGH_BITS_OTHER(bits) ((bits) & ~MACH_MSGH_BITS_PORTS_MASK)

#define MACH_MSGH_BITS_HAS_REMOTE(bits) \
	(MACH_MSGH_BITS_REMOTE(bits) != MACH_MSGH_BITS_ZERO)
#define MACH_MSGH_BITS_HAS_LOCAL(bits) \
	(MACH_MSGH_BITS_LOCAL(bits) != MACH_MSGH_BITS_ZERO)
#define MACH_MSGH_BITS_HAS_VOUCHER(bits) \
	(MACH_MSGH_BITS_VOUCHER(bits) != MACH_MSGH_BITS_ZERO)
#define MACH_MSGH_BITS_IS_COMPLEX(bits) \
	(((bits)&MACH_MSGH_BITS_COMPLEX) != MACH_MSGH_BITS_ZERO)
#define MACH_MSGH_BITS_RAISED_IMPORTANCE(bits) \
	(((bits)&MACH_MSGH_BITS_RAISEIMP) != MACH_MSGH_BITS_ZERO)
#define MACH_MSGH_BITS_HOLDS_IMPORTANCE_ASSERTION(bits) \
	(((bits)&MACH_MSGH_BITS_IMPHOLDASRT) != MACH_MSGH_BITS_ZERO)

/* Sizes count bytes, the header among them, a trailer not. */
typedef natural_t mach_msg_size_t;
typedef integer_t mach_msg_id_t;
typedef natural_t mach_msg_type_size_t;
typedef natural_t mach_msg_type_number_t;
#define MACH_MSG_SIZE_NULL ((mach_msg_size_t *)0)
#define MACH_MSG_SIZE_MAX ((mach_msg_size_t)~0)
#define MACH_MSG_SIZE_RELIABLE ((mach_msg_size_t)256 * 1024)
#define round_msg(x)                                      \
	(((mach_msg_size_t)(x) + sizeof(natural_t) - 1) & \
	    ~(sizeof(natural_t) - 1))

typedef unsigned int mach_msg_priority_t;
#define MACH_MSG_PRIORITY_UNSPECIFIED ((mach_msg_priority_t)0)

#include <mach/_message_types.h>
#include <mach/_message_codes.h>

#ifndef _KERNEL
__BEGIN_DECLS

/*
 * Sends `send_size` bytes at `msg`, then receives into `rcv_size` bytes
 * there, or at `rcv_msg`, as `option` says.  MACH_MSG_SUCCESS, or a code of
 * which the other half did not run, or did.  `rcv_limit` is of no use.
 */
extern mach_msg_return_t mach_msg_overwrite(mach_msg_header_t *msg,
    mach_msg_option_t option, mach_msg_size_t send_size,
    mach_msg_size_t rcv_size, mach_port_name_t rcv_name,
    mach_msg_timeout_t timeout, mach_port_name_t notify,
    mach_msg_header_t *rcv_msg, mach_msg_size_t rcv_limit);

extern mach_msg_return_t mach_msg(mach_msg_header_t *msg,
    mach_msg_option_t option, mach_msg_size_t send_size,
    mach_msg_size_t rcv_size, mach_port_name_t rcv_name,
    mach_msg_timeout_t timeout, mach_port_name_t notify);

/* Its words are pairs of 32 bits, the first named in the low half. */
extern mach_msg_return_t mach_msg2_internal(void *data,
    mach_msg_option64_t option64, uint64_t msgh_bits_and_send_size,
    uint64_t msgh_remote_and_local_port, uint64_t msgh_voucher_and_id,
    uint64_t desc_count_and_rcv_name, uint64_t rcv_size_and_priority,
    uint64_t timeout);

/*
 * `data` is the message, or two vectors (MACH64_MSG_VECTOR); the header is
 * passed by value, so that what is sent is what was checked.
 */
static inline mach_msg_return_t
mach_msg2(void *data, mach_msg_option64_t option64, mach_msg_header_t header,
    mach_msg_size_t send_size, mach_msg_size_t rcv_size, mach_port_t rcv_name,
    uint64_t timeout, uint32_t priority)
{
	const mach_msg_vector_t *vector = (const mach_msg_vector_t *)data;
	const mach_msg_base_t *base = (const mach_msg_base_t *)data;
	mach_msg_size_t count = 0;

	if ((option64 & MACH64_MSG_VECTOR) != 0)
		base = (const mach_msg_base_t *)(uintptr_t)vector->msgv_data;
	if ((option64 & MACH64_SEND_MSG) != 0 &&
	    (base->header.msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0)
		count = base->body.msgh_descriptor_count;
	return (mach_msg2_internal(data, option64,
	    (uint64_t)send_size << 32 | header.msgh_bits,
	    (uint64_t)header.msgh_local_port << 32 | header.msgh_remote_port,
	    (uint64_t)(uint32_t)header.msgh_id << 32 | header.msgh_voucher_port,
	    (uint64_t)rcv_name << 32 | count,
	    (uint64_t)priority << 32 | rcv_size, timeout));
}

/* Both from libsyscall: retried where a signal interrupts. */
extern mach_msg_return_t mach_msg_receive(mach_msg_header_t *header);
extern mach_msg_return_t mach_msg_send(mach_msg_header_t *header);

extern kern_return_t mach_voucher_deallocate(mach_port_name_t voucher);

/* Quality of service and relative priority for mach_msg2(). */
extern int mach_msg_priority_is_pthread_priority(mach_msg_priority_t pri);
extern mach_msg_priority_t mach_msg_priority_encode(
    mach_msg_qos_t override_qos, mach_msg_qos_t qos, int relpri);
extern mach_msg_qos_t mach_msg_priority_overide_qos(mach_msg_priority_t pri);
extern mach_msg_qos_t mach_msg_priority_qos(mach_msg_priority_t pri);
extern int mach_msg_priority_relpri(mach_msg_priority_t pri);

__END_DECLS
#endif

#endif /* !_MACH_MESSAGE_H_ */
