/*
 * mach_msg and its kin.  A trap is never restarted by the system: who did not
 * ask to see interruptions has them hidden here, the part that was done left
 * out (XNU libsyscall/mach/mach_msg.c).
 */
#include <mach/mach_traps.h>
#include <mach/message.h>

#include "mach/lib/trap.h"

#define INTERRUPT (MACH_SEND_INTERRUPT | MACH_RCV_INTERRUPT)

/* Who sent what the kernel sends itself. */
const security_token_t KERNEL_SECURITY_TOKEN = KERNEL_SECURITY_TOKEN_VALUE;
const audit_token_t KERNEL_AUDIT_TOKEN = KERNEL_AUDIT_TOKEN_VALUE;

static mach_msg_return_t
msg_trap(mach_msg_header_t *msg, mach_msg_option_t option,
    mach_msg_size_t send_size, mach_msg_size_t rcv_size,
    mach_port_name_t rcv_name, mach_msg_timeout_t timeout,
    mach_port_name_t notify, mach_msg_header_t *rcv_msg)
{
	if (rcv_msg == NULL)
		return (MACH_TRAP(31, MACH_PTR(msg), (uint32_t)option,
		    send_size, rcv_size, rcv_name, timeout, notify));
	return (MACH_TRAP(32, MACH_PTR(msg), (uint32_t)option, send_size,
	    rcv_size, rcv_name, timeout, notify, MACH_PTR(rcv_msg)));
}

mach_msg_return_t
mach_msg_overwrite(mach_msg_header_t *msg, mach_msg_option_t option,
    mach_msg_size_t send_size, mach_msg_size_t rcv_size,
    mach_port_name_t rcv_name, mach_msg_timeout_t timeout,
    mach_port_name_t notify, mach_msg_header_t *rcv_msg,
    mach_msg_size_t rcv_limit)
{
	mach_msg_option_t bare = option & ~INTERRUPT;
	mach_msg_return_t mr;

	(void)rcv_limit;
	mr = msg_trap(
	    msg, bare, send_size, rcv_size, rcv_name, timeout, notify, rcv_msg);
	if (__builtin_expect(mr == MACH_MSG_SUCCESS, 1))
		return (mr);
	while (mr == MACH_SEND_INTERRUPTED && !(option & MACH_SEND_INTERRUPT))
		mr = msg_trap(msg, bare, send_size, rcv_size, rcv_name, timeout,
		    notify, rcv_msg);
	/* What was to be sent has been. */
	if (bare & MACH_SEND_MSG)
		bare &= ~(MACH_SEND_MSG | MACH_RCV_SYNC_WAIT);
	while (mr == MACH_RCV_INTERRUPTED && !(option & MACH_RCV_INTERRUPT))
		mr = msg_trap(
		    msg, bare, 0, rcv_size, rcv_name, timeout, notify, rcv_msg);
	return (mr);
}

mach_msg_return_t
mach_msg(mach_msg_header_t *msg, mach_msg_option_t option,
    mach_msg_size_t send_size, mach_msg_size_t rcv_size,
    mach_port_name_t rcv_name, mach_msg_timeout_t timeout,
    mach_port_name_t notify)
{
	return (mach_msg_overwrite(msg, option, send_size, rcv_size, rcv_name,
	    timeout, notify, NULL, 0));
}

#define INTERRUPT64 (MACH64_SEND_INTERRUPT | MACH64_RCV_INTERRUPT)

mach_msg_return_t
mach_msg2_internal(void *data, mach_msg_option64_t option,
    uint64_t bits_and_send_size, uint64_t remote_and_local,
    uint64_t voucher_and_id, uint64_t count_and_rcv_name,
    uint64_t rcv_size_and_priority, uint64_t timeout)
{
	mach_msg_option64_t bare = option & ~INTERRUPT64;
	const mach_msg_header_t *h = data;
	mach_msg_return_t mr;

	for (;;) {
		mr = MACH_TRAP(47, MACH_PTR(data), bare, bits_and_send_size,
		    remote_and_local, voucher_and_id, count_and_rcv_name,
		    rcv_size_and_priority, timeout);
		if (__builtin_expect(mr == MACH_MSG_SUCCESS, 1))
			return (mr);
		if (mr == MACH_SEND_INTERRUPTED &&
		    !(option & MACH64_SEND_INTERRUPT)) {
			/* The message came back, its rights now to be moved. */
			if (option & MACH64_MSG_VECTOR)
				h = (const mach_msg_header_t
					*)(uintptr_t)((const mach_msg_vector_t
							      *)data)
					->msgv_data;
			bits_and_send_size =
			    (bits_and_send_size & ~(uint64_t)UINT32_MAX) |
			    h->msgh_bits;
			remote_and_local = (uint64_t)h->msgh_local_port << 32 |
					   h->msgh_remote_port;
			voucher_and_id = (uint64_t)(uint32_t)h->msgh_id << 32 |
					 h->msgh_voucher_port;
		} else if (mr == MACH_RCV_INTERRUPTED &&
			   !(option & MACH64_RCV_INTERRUPT)) {
			/* The size to send is in the upper half. */
			bits_and_send_size = (uint32_t)bits_and_send_size;
			if (bare & MACH64_SEND_MSG)
				bare &=
				    ~(MACH64_SEND_MSG | MACH64_RCV_SYNC_WAIT);
		} else {
			return (mr);
		}
	}
}

mach_msg_return_t
mach_msg_send(mach_msg_header_t *msg)
{
	return (mach_msg(msg, MACH_SEND_MSG, msg->msgh_size, 0, MACH_PORT_NULL,
	    MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL));
}

mach_msg_return_t
mach_msg_receive(mach_msg_header_t *msg)
{
	return (mach_msg(msg, MACH_RCV_MSG, 0, msg->msgh_size,
	    msg->msgh_local_port, MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL));
}
