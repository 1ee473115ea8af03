/*
 * Messages of a traced trap: header, descriptors, bytes, trailer.
 */
#include <mach/message.h>

#include "mach/lib/trace.h"

#define NAMES_SHOWN 8u /* of an array of ports */
#define BODY_SHOWN 512u

bool
mach_trace_is_message(int number)
{
	return (number == 31 || number == 32 || number == 47);
}

/* mach_msg2: sizes and the header are two words in an argument each. */
static void
message2_of(const uint64_t *a, struct trace_message *m)
{
	mach_msg_vector_t v = { 0 };

	m->send = m->receive = a[0];
	m->send_size = (uint32_t)(a[2] >> 32);
	m->receive_size = (uint32_t)a[6];
	m->in_registers = true;
	m->header.msgh_bits = (uint32_t)a[2];
	m->header.msgh_remote_port = (mach_port_name_t)a[3];
	m->header.msgh_local_port = (mach_port_name_t)(a[3] >> 32);
	m->header.msgh_voucher_port = (mach_port_name_t)a[4];
	m->header.msgh_id = (int32_t)(a[4] >> 32);
	m->descriptors = (uint32_t)a[5];
	if (a[1] & MACH64_MSG_VECTOR) {
		if (!mach_trace_read(a[0], &v, sizeof(v))) {
			m->sends = m->receives = false;
			return;
		}
		m->send = v.msgv_data;
		m->receive =
		    v.msgv_rcv_addr != 0 ? v.msgv_rcv_addr : v.msgv_data;
		m->send_size = v.msgv_send_size;
		m->receive_size = v.msgv_rcv_size;
	}
	m->header.msgh_size = m->send_size;
}

void
mach_trace_message_of(int number, const uint64_t *a, struct trace_message *m)
{
	*m = (struct trace_message){
		.sends = (a[1] & MACH_SEND_MSG) != 0,
		.receives = (a[1] & MACH_RCV_MSG) != 0,
	};
	if (number == 47) {
		message2_of(a, m);
		return;
	}
	m->send = m->receive = a[0];
	m->send_size = (uint32_t)a[2];
	m->receive_size = (uint32_t)a[3];
	if (number == 32 && a[7] != 0)
		m->receive = a[7];
}

/* How far a message has been shown, and what rights in it are called. */
struct reader {
	uint64_t at;
	uint32_t left;
	enum trace_kind rights;
};

static bool
take(struct reader *r, void *to, uint32_t size)
{
	if (r->left < size || !mach_trace_read(r->at, to, size))
		return (false);
	r->at += size;
	r->left -= size;
	return (true);
}

static void
field(struct trace_text *t, const char *name, uint64_t value)
{
	mach_trace_string(t, name);
	mach_trace_number(t, value);
}

static void
right(struct trace_text *t, const struct reader *r, const char *what,
    mach_port_name_t name, uint32_t disposition)
{
	field(t, what, name);
	mach_trace_string(t, " ");
	mach_trace_named(t, r->rights, disposition);
}

static void
header(struct trace_text *t, const struct reader *r, const char *what,
    const mach_msg_header_t *h)
{
	mach_msg_bits_t bits = h->msgh_bits;

	mach_trace_line(t);
	mach_trace_string(t, what);
	mach_trace_string(t, "{id ");
	mach_trace_decimal(t, h->msgh_id);
	mach_trace_string(t, ", size ");
	mach_trace_decimal(t, (int64_t)h->msgh_size);
	right(t, r, ", remote ", h->msgh_remote_port,
	    MACH_MSGH_BITS_REMOTE(bits));
	if (h->msgh_local_port != 0 || MACH_MSGH_BITS_LOCAL(bits) != 0)
		right(t, r, ", local ", h->msgh_local_port,
		    MACH_MSGH_BITS_LOCAL(bits));
	if (h->msgh_voucher_port != 0)
		right(t, r, ", voucher ", h->msgh_voucher_port,
		    MACH_MSGH_BITS_VOUCHER(bits));
	if (bits & MACH_MSGH_BITS_COMPLEX)
		mach_trace_string(t, ", complex");
	mach_trace_string(t, "}");
}

static void
ports(struct trace_text *t, const struct reader *r,
    const mach_msg_ool_ports_descriptor_t *d)
{
	mach_port_name_t names[NAMES_SHOWN];
	uint32_t i, n = d->count < NAMES_SHOWN ? d->count : NAMES_SHOWN;
	uint64_t at = (uint64_t)(uintptr_t)d->address;

	mach_trace_string(t, "    ports ");
	mach_trace_hex(t, at);
	mach_trace_string(t, ", ");
	mach_trace_decimal(t, (int64_t)d->count);
	mach_trace_string(t, " ");
	mach_trace_named(t, r->rights, d->disposition);
	if (d->count != 0 && mach_trace_read(at, names, n * sizeof(names[0]))) {
		for (i = 0; i < n; i++)
			field(t, i == 0 ? ": " : ", ", names[i]);
		if (n < d->count)
			mach_trace_string(t, ", ...");
	}
	if (d->deallocate)
		mach_trace_string(t, ", deallocate");
}

static void
memory(struct trace_text *t, const mach_msg_ool_descriptor_t *d)
{
	static const char *const copy[] = { "MACH_MSG_PHYSICAL_COPY",
		"MACH_MSG_VIRTUAL_COPY", "MACH_MSG_ALLOCATE",
		"MACH_MSG_OVERWRITE" };

	mach_trace_string(t, "    memory ");
	mach_trace_hex(t, (uint64_t)(uintptr_t)d->address);
	mach_trace_string(t, ", ");
	mach_trace_decimal(t, (int64_t)d->size);
	mach_trace_string(t, " bytes ");
	if (d->copy < sizeof(copy) / sizeof(copy[0]))
		mach_trace_string(t, copy[d->copy]);
	else
		mach_trace_decimal(t, (int64_t)d->copy);
	if (d->deallocate)
		mach_trace_string(t, ", deallocate");
	if (d->type == MACH_MSG_OOL_VOLATILE_DESCRIPTOR)
		mach_trace_string(t, ", volatile");
}

/* The line of one; false when it is none that is known, or not there. */
static bool
descriptor(struct trace_text *t, struct reader *r)
{
	union {
		mach_msg_descriptor_t d;
		uint8_t bytes[sizeof(mach_msg_descriptor_t)];
	} u;
	uint32_t small = sizeof(mach_msg_port_descriptor_t);

	if (!take(r, &u, small))
		return (false);
	mach_trace_line(t);
	if (u.d.type.type == MACH_MSG_PORT_DESCRIPTOR) {
		right(t, r, "    port ", u.d.port.name, u.d.port.disposition);
		return (true);
	}
	if (!take(r, u.bytes + small, (uint32_t)sizeof(u) - small))
		return (false);
	switch (u.d.type.type) {
	case MACH_MSG_OOL_DESCRIPTOR:
	case MACH_MSG_OOL_VOLATILE_DESCRIPTOR:
		memory(t, &u.d.out_of_line);
		return (true);
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		ports(t, r, &u.d.ool_ports);
		return (true);
	case MACH_MSG_GUARDED_PORT_DESCRIPTOR:
		right(t, r, "    guarded port ", u.d.guarded_port.name,
		    u.d.guarded_port.disposition);
		mach_trace_string(t, ", guard ");
		mach_trace_hex(t, u.d.guarded_port.context);
		field(t, ", flags ", u.d.guarded_port.flags);
		return (true);
	default:
		mach_trace_string(t, "    a descriptor of unknown type ");
		mach_trace_decimal(t, u.d.type.type);
		return (false);
	}
}

/* Descriptors, where there are, and the bytes behind them. */
static void
body(struct trace_text *t, struct reader *r, const mach_msg_header_t *h,
    bool counted, uint32_t n)
{
	uint8_t bytes[BODY_SHOWN];
	uint32_t shown;

	if (h->msgh_bits & MACH_MSGH_BITS_COMPLEX) {
		mach_msg_body_t b = { 0 };

		if (!take(r, &b, sizeof(b)))
			return;
		if (!counted)
			n = b.msgh_descriptor_count;
		for (; n > 0; n--) {
			if (!descriptor(t, r))
				return;
		}
	}
	shown = r->left < mach_trace_bytes ? r->left : mach_trace_bytes;
	if (shown > sizeof(bytes))
		shown = sizeof(bytes);
	if (shown == 0 || !mach_trace_read(r->at, bytes, shown))
		return;
	mach_trace_line(t);
	mach_trace_string(t, "    ");
	mach_trace_quoted(t, bytes, shown);
	if (shown < r->left)
		mach_trace_string(t, "...");
}

void
mach_trace_sent(struct trace_text *t, const struct trace_message *m)
{
	struct reader r = { m->send, m->send_size, TRACE_DISPOSITION };
	mach_msg_header_t h = { 0 };

	if (!m->sends || !take(&r, &h, sizeof(h)))
		return;
	if (m->in_registers)
		h = m->header;
	else
		h.msgh_size = m->send_size; /* what is there is not used */
	header(t, &r, "  sent ", &h);
	body(t, &r, &h, m->in_registers, m->descriptors);
}

static void
trailer(struct trace_text *t, const mach_msg_max_trailer_t *a, uint32_t size)
{
	mach_trace_line(t);
	mach_trace_string(t, "    trailer {");
	if (size >= sizeof(mach_msg_seqno_trailer_t))
		field(t, "seqno ", a->msgh_seqno);
	if (size >= sizeof(mach_msg_security_trailer_t)) {
		field(t, ", sender uid ", a->msgh_sender.val[0]);
		field(t, " gid ", a->msgh_sender.val[1]);
	}
	if (size >= sizeof(mach_msg_audit_trailer_t)) {
		mach_trace_string(t, ", audit euid ");
		mach_trace_decimal(t, a->msgh_audit.val[1]);
		mach_trace_string(t, " pid ");
		mach_trace_decimal(t, a->msgh_audit.val[5]);
	}
	if (size >= sizeof(mach_msg_context_trailer_t))
		field(t, ", context ", a->msgh_context);
	if (size >= sizeof(mach_msg_mac_trailer_t))
		field(t, ", labels ", a->msgh_labels.sender);
	mach_trace_string(t, "}");
}

void
mach_trace_received(struct trace_text *t, const struct trace_message *m)
{
	struct reader r = { m->receive, m->receive_size, TRACE_RECEIVED };
	mach_msg_max_trailer_t a = { 0 };
	mach_msg_header_t h = { 0 };
	uint32_t total, size;

	if (!m->receives || !take(&r, &h, sizeof(h)))
		return;
	header(t, &r, "  received ", &h);
	if (h.msgh_size < sizeof(h) || h.msgh_size > m->receive_size)
		return;
	r.left = h.msgh_size - (uint32_t)sizeof(h);
	body(t, &r, &h, false, 0);
	/* All of a trailer, or none, stands behind it. */
	total = round_msg(h.msgh_size);
	if (m->receive_size < total + sizeof(mach_msg_trailer_t) ||
	    !mach_trace_read(
		m->receive + total, &a, sizeof(mach_msg_trailer_t)))
		return;
	size = a.msgh_trailer_size;
	if (size <= sizeof(mach_msg_trailer_t) || size > sizeof(a) ||
	    m->receive_size - total < size ||
	    !mach_trace_read(m->receive + total, &a, size))
		return;
	trailer(t, &a, size);
}
