/*
 * mach_msg by way of a server: a message's bytes come along, and what its
 * descriptors point at.
 */
#include <mach/message.h>
#include <string.h>

#include "mach/client/client.h"
#include "mach/os/user/memory.h"

#define DESCRIPTORS (sizeof(mach_msg_base_t))
/* What a receiver may write to its header apart from the rest. */
#define HEADER_IN 64u
/* More rights than that are too many for the server. */
#define RIGHTS_MAX 16384u
/* No larger message can be. */
#define SIZE_MAX_MSG (UINT64_C(49) << 20)

/* The buffers of a call, whichever trap it is. */
struct buffers {
	uint64_t send, receive, aux_send, aux_receive;
	uint64_t send_size, receive_size, aux_send_size, aux_receive_size;
	uint64_t vector_size; /* of what these are told by */
	bool complex;
	uint32_t descriptors;
};

struct vector {
	uint64_t data, receive;
	uint32_t send_size, receive_size;
};

/* A descriptor's bytes, as far as they matter here (LP64). */
struct descriptor {
	uint64_t address;
	uint8_t deallocate, copy, disposition, type;
	uint32_t count;
};

static uint32_t
descriptor_size(uint32_t type)
{
	switch (type) {
	case MACH_MSG_PORT_DESCRIPTOR:
		return (sizeof(mach_msg_port_descriptor_t));
	case MACH_MSG_OOL_DESCRIPTOR:
	case MACH_MSG_OOL_VOLATILE_DESCRIPTOR:
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
	case MACH_MSG_GUARDED_PORT_DESCRIPTOR:
		return (sizeof(struct descriptor));
	default:
		return (0);
	}
}

static bool
is_memory(uint32_t type)
{
	return (type == MACH_MSG_OOL_DESCRIPTOR ||
		type == MACH_MSG_OOL_VOLATILE_DESCRIPTOR ||
		type == MACH_MSG_OOL_PORTS_DESCRIPTOR);
}

static uint64_t
at_most(uint64_t size)
{
	return (size < SIZE_MAX_MSG ? size : SIZE_MAX_MSG);
}

/* What is too large is refused by its size: none of it need be there. */
static uint64_t
sent(uint64_t size)
{
	return (size < SIZE_MAX_MSG ? size : sizeof(mach_msg_header_t));
}

static bool
is_known(
    const struct server_span *s, uint64_t address, uint64_t size, bool write)
{
	return (address >= s->start && address < s->end &&
		size <= s->end - address && s->write >= write);
}

/*
 * How many bytes from there on can be read, or (`write`) written.  The system
 * is asked by the page, and not again as long as that is among the last.
 */
static uint64_t
reach(
    struct server_channel *channel, uint64_t address, uint64_t size, bool write)
{
	uint64_t mask, at = address;
	uint32_t i;
	char byte;

	if (address == 0 || size == 0 || address + size < address)
		return (0);
	for (i = 0; i < SERVER_SPANS; i++) {
		if (is_known(&channel->spans[i], address, size, write))
			return (size);
	}
	mask = memory_page_size() - 1;
	/* Copied onto itself, a byte is as it was, or cannot be written. */
	while (at < address + size &&
	       memory_os_copy(write ? at : MACH_PTR(&byte), at, 1))
		at = (at | mask) + 1;
	if (at == address)
		return (0);
	channel->spans[channel->next_span++ % SERVER_SPANS] =
	    (struct server_span){ address & ~mask, at, write };
	return (at - address < size ? at - address : size);
}

/* Nothing of what cannot be read as a whole. */
static uint64_t
readable(struct server_channel *channel, uint64_t address, uint64_t size)
{
	return (reach(channel, address, size, false) == size ? size : 0);
}

static void
buffers_vector(
    struct server_channel *channel, const uint64_t *a, struct buffers *b)
{
	uint32_t nsend = (uint32_t)(a[2] >> 32), nreceive = (uint32_t)a[6];
	struct vector v[2] = { { 0 }, { 0 } };
	uint32_t n = nsend > nreceive ? nsend : nreceive;

	if (n > 2)
		return;
	b->vector_size = readable(channel, a[0], n * sizeof(v[0]));
	if (b->vector_size == 0)
		return;
	memcpy(v, (const void *)(uintptr_t)a[0], b->vector_size);
	if (a[1] & MACH64_SEND_MSG && nsend != 0) {
		b->send = v[0].data;
		b->send_size = v[0].send_size;
	}
	if (a[1] & MACH64_RCV_MSG && nreceive != 0) {
		b->receive = v[0].receive != 0 ? v[0].receive : v[0].data;
		b->receive_size = v[0].receive_size;
	}
	if (a[1] & MACH64_SEND_MSG && nsend == 2) {
		b->aux_send = v[1].data;
		b->aux_send_size = v[1].send_size;
	}
	if (a[1] & MACH64_RCV_MSG && nreceive == 2) {
		b->aux_receive = v[1].receive != 0 ? v[1].receive : v[1].data;
		b->aux_receive_size = v[1].receive_size;
	}
}

static void
buffers_of(struct server_channel *channel, int number, const uint64_t *a,
    struct buffers *b)
{
	mach_msg_base_t base;

	memset(b, 0, sizeof(*b));
	if (number == 47 && a[1] & MACH64_MSG_VECTOR) {
		buffers_vector(channel, a, b);
	} else {
		if (a[1] & MACH_SEND_MSG) {
			b->send = a[0];
			b->send_size =
			    number == 47 ? a[2] >> 32 : (uint32_t)a[2];
		}
		if (a[1] & MACH_RCV_MSG) {
			b->receive = number == 32 && a[7] != 0 ? a[7] : a[0];
			b->receive_size =
			    number == 47 ? (uint32_t)a[6] : (uint32_t)a[3];
		}
	}
	b->send_size = readable(channel, b->send, sent(b->send_size));
	b->receive_size =
	    reach(channel, b->receive, at_most(b->receive_size), true);
	b->aux_send_size =
	    readable(channel, b->aux_send, sent(b->aux_send_size));
	b->aux_receive_size =
	    reach(channel, b->aux_receive, at_most(b->aux_receive_size), true);
	if (b->send_size < sizeof(base))
		return;
	if (number == 47) {
		b->complex = (a[2] & MACH_MSGH_BITS_COMPLEX) != 0;
		b->descriptors = (uint32_t)a[5];
	} else {
		memcpy(&base, (const void *)(uintptr_t)b->send, sizeof(base));
		b->complex =
		    (base.header.msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0;
		b->descriptors = base.body.msgh_descriptor_count;
	}
}

/* One buffer, or two that may share bytes. */
static void
segments_of(struct server_call *call, uint64_t send, uint64_t send_size,
    uint64_t receive, uint64_t receive_size)
{
	uint64_t in = receive_size < HEADER_IN ? receive_size : HEADER_IN;
	uint64_t start = send, end = send + send_size;

	if (send_size == 0) {
		server_segment(call, receive, receive_size, in);
		return;
	}
	if (receive_size == 0 || receive >= end ||
	    receive + receive_size <= send) {
		server_segment(call, send, send_size, send_size);
		server_segment(call, receive, receive_size, in);
		return;
	}
	if (receive < start)
		start = receive;
	if (receive + receive_size > end)
		end = receive + receive_size;
	server_segment(call, start, end - start,
	    send + send_size - start > in ? send + send_size - start : in);
}

static void
build(struct server_call *call, const struct server_build *sb)
{
	const struct buffers *b = sb->own;
	struct descriptor d;
	uint64_t at;
	uint32_t i, size;

	server_segment(call, sb->args[0], b->vector_size, b->vector_size);
	segments_of(call, b->send, b->send_size, b->receive, b->receive_size);
	segments_of(call, b->aux_send, b->aux_send_size, b->aux_receive,
	    b->aux_receive_size);
	if (!b->complex)
		return;
	at = DESCRIPTORS;
	for (i = 0; i < b->descriptors; i++, at += size) {
		if (at + sizeof(mach_msg_port_descriptor_t) > b->send_size)
			return;
		memset(&d, 0, sizeof(d));
		memcpy(&d, (const void *)(uintptr_t)(b->send + at),
		    b->send_size - at < sizeof(d) ? b->send_size - at
						  : sizeof(d));
		size = descriptor_size(d.type);
		if (size == 0 || at + size > b->send_size)
			return;
		if (!is_memory(d.type) || d.count == 0)
			continue;
		if (d.type == MACH_MSG_OOL_PORTS_DESCRIPTOR &&
		    d.count > RIGHTS_MAX)
			continue;
		if (d.type == MACH_MSG_OOL_PORTS_DESCRIPTOR)
			server_segment_safe(call, d.address,
			    d.count * sizeof(mach_port_name_t), d.deallocate);
		else
			server_region_send(
			    call, d.address, d.count, d.deallocate);
	}
}

/* Memory that came with a message, in its descriptors.  False: no room. */
static bool
regions_place(struct server_channel *channel, uint64_t buffer, uint64_t size)
{
	mach_msg_base_t base;
	struct descriptor d;
	uint64_t at = DESCRIPTORS;
	uint32_t i, length;
	bool ok = true;

	if (size < sizeof(base))
		return (true);
	memcpy(&base, (const void *)(uintptr_t)buffer, sizeof(base));
	if (!(base.header.msgh_bits & MACH_MSGH_BITS_COMPLEX))
		return (true);
	for (i = 0; i < base.body.msgh_descriptor_count; i++, at += length) {
		if (at + sizeof(mach_msg_port_descriptor_t) > size)
			return (ok);
		memset(&d, 0, sizeof(d));
		memcpy(&d, (const void *)(uintptr_t)(buffer + at),
		    size - at < sizeof(d) ? size - at : sizeof(d));
		length = descriptor_size(d.type);
		if (length == 0 || at + length > size)
			return (ok);
		if (!is_memory(d.type) || d.address < MACH_CHANNEL_REGION)
			continue;
		d.address = server_region_receive(channel, d.address);
		if (d.address == 0) {
			d.count = 0;
			ok = false;
		}
		memcpy((void *)(uintptr_t)(buffer + at), &d, sizeof(d));
	}
	return (ok);
}

static uint64_t
finish(struct server_call *call, const struct server_build *sb, uint64_t result)
{
	const struct buffers *b = sb->own;
	bool ok = true;

	if (call->channel->memory->nregions == 0)
		return (result);
	ok = regions_place(call->channel, b->receive, b->receive_size);
	if (b->send != b->receive)
		ok &= regions_place(call->channel, b->send, b->send_size);
	if (!ok)
		result =
		    (uint32_t)result | MACH_RCV_BODY_ERROR | MACH_MSG_VM_SPACE;
	return (result);
}

uint64_t
server_trap_msg(struct server_channel *channel, int number,
    const uint64_t *args, unsigned int nargs)
{
	struct buffers buffers;
	struct server_build b = { build, finish, number, args, nargs,
		&buffers };

	if (args[0] == 0 && args[1] & (MACH_SEND_MSG | MACH_RCV_MSG))
		return (server_trap_letters(channel, number, args, nargs));
	buffers_of(channel, number, args, &buffers);
	return (server_make(channel, &b));
}
