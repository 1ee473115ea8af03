/*
 * mach_msg: the three traps, and their parts one after the other, each of
 * which may park.  XNU osfmk/ipc/mach_msg.c.
 */
#include "mach/core/call.h"
#include "mach/core/handlers.h"
#include "mach/core/message.h"
#include "mach/core/queue.h"

/* IPC_KMSG_MAX_BODY_SPACE of XNU's ipc_policy.h. */
#define SEND_SIZE_MAX (48u * 1024 * 1024 - IPC_MSG_TRAILER)

/* One of the two parts of a vector call: message, auxiliary data. */
struct vector {
	uint64_t data, rcv;
	uint32_t send_size, rcv_size;
};

static kern_return_t receive_result(struct ipc_call *, mach_msg_return_t);

/*
 * Receiving
 */

/* Writes what there is to know of a message that stays queued. */
static mach_msg_return_t
report_large(struct ipc_call *call)
{
	struct ipc_waiter *waiter = &call->thread->waiter;
	struct ipc_call_msg *m = &call->msg;
	bool ok = true;

	if (m->options & MACH_RCV_LARGE_IDENTITY &&
	    m->rcv_size >= offsetof(mach_msg_header_t, msgh_voucher_port))
		ok = ipc_os_copyout(call->thread, &waiter->msg_name,
		    m->rcv_buffer +
			offsetof(mach_msg_header_t, msgh_local_port),
		    sizeof(waiter->msg_name));
	if (ok && m->rcv_size >= offsetof(mach_msg_header_t, msgh_remote_port))
		ok = ipc_os_copyout(call->thread, &waiter->msg_size,
		    m->rcv_buffer + offsetof(mach_msg_header_t, msgh_size),
		    sizeof(waiter->msg_size));
	if (ok && m->aux_rcv_size != 0)
		ok = ipc_os_copyout(call->thread, &waiter->msg_aux,
		    m->aux_rcv_buffer +
			offsetof(mach_msg_aux_header_t, msgdh_size),
		    sizeof(waiter->msg_aux));
	return (ok ? MACH_RCV_TOO_LARGE : MACH_RCV_INVALID_DATA);
}

/* Gives the bytes to the receiver; frees the message. */
static mach_msg_return_t
put(struct ipc_call *call, struct ipc_msg *msg, uint64_t options,
    mach_msg_return_t mr)
{
	struct ipc_call_msg *m = &call->msg;
	mach_msg_aux_header_t none = { 0 };
	uint32_t total = round_msg(msg->size);
	bool ok;

	/* A buffer for the header alone takes no trailer. */
	if (total + ipc_msg_trailer_size(options) <= m->rcv_size)
		total += ipc_msg_trailer(msg, options);
	if (total > m->rcv_size)
		total = m->rcv_size;
	ok = ipc_os_copyout(call->thread, msg->data, m->rcv_buffer, total);
	if (ok && m->aux_rcv_size != 0)
		ok = msg->aux_size == 0 ? ipc_os_copyout(call->thread, &none,
					      m->aux_rcv_buffer, sizeof(none))
					: ipc_os_copyout(call->thread, msg->aux,
					      m->aux_rcv_buffer,
					      msg->aux_size < m->aux_rcv_size
						  ? msg->aux_size
						  : m->aux_rcv_size);
	ipc_msg_free(msg);
	return (ok ? mr : MACH_RCV_INVALID_DATA);
}

static kern_return_t
receive_begin(struct ipc_call *call)
{
	struct ipc_call_msg *m = &call->msg;
	struct ipc_want want = {
		.name = m->rcv_name,
		.options = m->options,
		.max_size = m->rcv_size,
		.max_aux = m->aux_rcv_size,
		.timeout = m->timeout,
	};

	if (m->rcv_invalid)
		return (MACH_RCV_INVALID_ARGUMENTS);
	return (receive_result(call, ipc_receive(call->thread, &want)));
}

static kern_return_t
receive_resume(struct ipc_call *call)
{
	return (receive_result(call, ipc_waiter_finish(&call->thread->waiter)));
}

static kern_return_t
receive_result(struct ipc_call *call, mach_msg_return_t mr)
{
	struct ipc_call_msg *m = &call->msg;
	struct ipc_msg *msg;

	if (mr == IPC_PARKED) {
		if (call->deadline == 0)
			call->deadline = m->options & MACH_RCV_TIMEOUT
					     ? ipc_deadline_ms(m->timeout)
					     : IPC_FOREVER;
		call->resume = receive_resume;
		return (mr);
	}
	msg = call->thread->waiter.msg;
	call->thread->waiter.msg = NULL;
	if (mr == MACH_RCV_TOO_LARGE && msg == NULL)
		return (report_large(call));
	if (mr == MACH_RCV_TOO_LARGE) {
		ipc_msg_copyout_header(msg, call->thread);
		return (put(call, msg, 0, mr));
	}
	if (mr == MACH_MSG_SUCCESS) {
		ipc_bump(&call->thread->counts.received, 1);
		ipc_bump(&call->thread->counts.copied, msg->size);
		ipc_probe_msg_receive(
		    m->rcv_name, ipc_msg_id(msg), msg->size, msg->audit.val[5]);
		mr = ipc_msg_copyout(
		    msg, call->thread, m->options, m->rcv_buffer);
		return (put(call, msg, m->options, mr));
	}
	return (mr);
}

/*
 * Sending
 */

static inline kern_return_t
send_result(struct ipc_call *call, struct ipc_msg *msg, mach_msg_return_t mr)
{
	struct ipc_call_msg *m = &call->msg;

	if (mr != MACH_MSG_SUCCESS) {
		/* The sender has its message back. */
		mr |= ipc_msg_copyout_pseudo(msg, call->thread, m->buffer);
		(void)ipc_os_copyout(
		    call->thread, msg->data, m->buffer, msg->size);
		ipc_msg_free(msg);
		return (mr);
	}
	ipc_bump(&call->thread->counts.sent, 1);
	ipc_bump(&call->thread->counts.copied, m->send_size);
	if (!(m->options & MACH_RCV_MSG))
		return (MACH_MSG_SUCCESS);
	call->deadline = 0;
	return (receive_begin(call));
}

static kern_return_t
send_resume(struct ipc_call *call)
{
	struct ipc_waiter *waiter = &call->thread->waiter;
	mach_msg_return_t mr = ipc_waiter_finish(waiter);
	struct ipc_msg *msg = waiter->msg;

	waiter->msg = NULL;
	if (mr == MACH_SEND_INVALID_DEST) {
		/* It died meanwhile: as if it had been sent before. */
		ipc_msg_destroy(msg);
		msg = NULL;
		mr = MACH_MSG_SUCCESS;
	}
	return (send_result(call, msg, mr));
}

static mach_msg_return_t
send_copyin(struct ipc_call *call, struct ipc_msg *msg,
    const mach_msg_header_t *header, uint32_t desc_count)
{
	struct ipc_call_msg *m = &call->msg;
	uint32_t at = 0;

	if (header != NULL) {
		/* mach_msg2: the header came in registers. */
		memcpy(msg->data, header, sizeof(*header));
		at = sizeof(*header);
	}
	if (!ipc_os_copyin(
		call->thread, m->buffer + at, msg->data + at, msg->size - at))
		return (MACH_SEND_INVALID_DATA);
	if (header != NULL && header->msgh_bits & MACH_MSGH_BITS_COMPLEX) {
		/* And so did the count: it is the one that holds. */
		if (msg->size < sizeof(mach_msg_base_t))
			return (MACH_SEND_MSG_TOO_SMALL);
		memcpy(msg->data + at, &desc_count, sizeof(desc_count));
	}
	if (msg->aux_size != 0 && !ipc_os_copyin(call->thread, m->aux_buffer,
				      msg->aux, msg->aux_size))
		return (MACH_SEND_INVALID_DATA);
	if (msg->aux_size != 0)
		/* Its own word on its size does not count. */
		memcpy(msg->aux, &msg->aux_size, sizeof(msg->aux_size));
	return (ipc_msg_copyin(msg, call->thread, m->options));
}

/* All of a call, once its arguments are in call->msg. */
static kern_return_t
msg_call(
    struct ipc_call *call, const mach_msg_header_t *header, uint32_t desc_count)
{
	struct ipc_call_msg *m = &call->msg;
	mach_msg_return_t mr;
	struct ipc_msg *msg;

	call->deadline = 0;
	if (!(m->options & MACH_SEND_MSG))
		return (m->options & MACH_RCV_MSG ? receive_begin(call)
						  : MACH_MSG_SUCCESS);
	if (m->send_size < sizeof(mach_msg_header_t) || m->send_size & 3)
		return (MACH_SEND_MSG_TOO_SMALL);
	if (m->send_size > SEND_SIZE_MAX)
		return (MACH_SEND_TOO_LARGE);
	if (header != NULL && desc_count != 0 &&
	    !(header->msgh_bits & MACH_MSGH_BITS_COMPLEX))
		return (MACH_SEND_TOO_LARGE);
	if (m->aux_size != 0 && m->aux_buffer == 0)
		return (MACH_SEND_INVALID_DATA);
	if (m->aux_size != 0 && m->aux_size < sizeof(mach_msg_aux_header_t))
		return (MACH_SEND_AUX_TOO_SMALL);
	if (m->aux_size > IPC_MSG_AUX_MAX)
		return (MACH_SEND_AUX_TOO_LARGE);
	mr =
	    ipc_msg_create(call->thread->task, m->send_size, m->aux_size, &msg);
	if (mr != MACH_MSG_SUCCESS)
		return (mr);
	mr = send_copyin(call, msg, header, desc_count);
	if (mr != MACH_MSG_SUCCESS) {
		ipc_msg_destroy(msg);
		return (mr);
	}
	mr = ipc_msg_send(msg, call->thread, m->options, m->timeout);
	if (mr == IPC_PARKED) {
		call->deadline = m->options & MACH_SEND_TIMEOUT
				     ? ipc_deadline_ms(m->timeout)
				     : IPC_FOREVER;
		call->resume = send_resume;
		return (mr);
	}
	return (send_result(call, msg, mr));
}

/*
 * The traps
 */

static kern_return_t
msg_trap(struct ipc_call *call, uint64_t rcv_buffer)
{
	const uint64_t *a = call->raw;

	call->msg = (struct ipc_call_msg){
		.buffer = a[0],
		.rcv_buffer = rcv_buffer != 0 ? rcv_buffer : a[0],
		.options = (uint32_t)a[1],
		.send_size = (uint32_t)a[2],
		.rcv_size = (uint32_t)a[3],
		.rcv_name = (mach_port_name_t)a[4],
		.timeout = (uint32_t)a[5],
	};
	return (msg_call(call, NULL, 0));
}

kern_return_t
ipc_do_mach_msg(struct ipc_call *call)
{
	return (msg_trap(call, 0));
}

kern_return_t
ipc_do_mach_msg_overwrite(struct ipc_call *call)
{
	return (msg_trap(call, call->raw[7]));
}

/*
 * (data, options, bits | send_size << 32, remote | local << 32,
 * voucher | id << 32, descriptors | rcv_name << 32, rcv_size | priority << 32,
 * timeout).  With MACH64_MSG_VECTOR `data` is up to two vectors and the sizes
 * count them.
 */
kern_return_t
ipc_do_mach_msg2(struct ipc_call *call)
{
	const uint64_t *a = call->raw;
	struct ipc_call_msg *m = &call->msg;
	struct vector v[2] = { { 0 }, { 0 } };
	mach_msg_header_t header = {
		.msgh_bits = (uint32_t)a[2],
		.msgh_size = (uint32_t)(a[2] >> 32),
		.msgh_remote_port = (mach_port_name_t)a[3],
		.msgh_local_port = (mach_port_name_t)(a[3] >> 32),
		.msgh_voucher_port = (mach_port_name_t)a[4],
		.msgh_id = (int32_t)(a[4] >> 32),
	};
	uint32_t nsend = (uint32_t)(a[2] >> 32), nrcv = (uint32_t)a[6], n;

	*m = (struct ipc_call_msg){
		.buffer = a[0],
		.rcv_buffer = a[0],
		.options = a[1],
		.send_size = nsend,
		.rcv_size = nrcv,
		.rcv_name = (mach_port_name_t)(a[5] >> 32),
		.timeout = (uint32_t)a[7],
	};
	if (m->options & MACH64_MSG_VECTOR) {
		n = nsend > nrcv ? nsend : nrcv;
		if (n > 2 || n == 0 ||
		    !ipc_os_copyin(call->thread, a[0], v, n * sizeof(v[0]))) {
			if (!(m->options & MACH64_SEND_MSG))
				return (MACH_RCV_INVALID_ARGUMENTS);
			return (n == 0 ? MACH_SEND_MSG_TOO_SMALL
				       : MACH_SEND_INVALID_DATA);
		}
		if (m->options & MACH64_SEND_MSG && nsend == 0)
			return (MACH_SEND_MSG_TOO_SMALL);
		if (m->options & MACH64_SEND_MSG && v[0].data == 0)
			return (MACH_SEND_INVALID_DATA);
		m->rcv_invalid = nrcv == 0;
		m->buffer = v[0].data;
		m->send_size = v[0].send_size;
		m->rcv_buffer = v[0].rcv != 0 ? v[0].rcv : v[0].data;
		m->rcv_size = v[0].rcv_size;
		if (nsend == 2) {
			m->aux_buffer = v[1].data;
			m->aux_size = v[1].send_size;
		}
		if (nrcv == 2) {
			m->aux_rcv_buffer =
			    v[1].rcv != 0 ? v[1].rcv : v[1].data;
			m->aux_rcv_size = v[1].rcv_size;
			m->rcv_invalid =
			    m->aux_rcv_buffer == 0 ||
			    m->aux_rcv_size < sizeof(mach_msg_aux_header_t);
		}
	}
	return (msg_call(call, &header, (uint32_t)a[5]));
}
