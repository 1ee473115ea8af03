/*
 * The simulator's messages, waits and semaphores.
 */
#include <stdlib.h>

#include <mach/kern_return.h>
#include <mach/mach_port.h>
#include <mach/sync_policy.h>

#include "mach/core/layout.h"
#include "tests/sim/sim.h"

#define OF(d, ...)                                                             \
	((const int64_t[]) { __VA_ARGS__ })[dice((d),                          \
	    sizeof((const int64_t[]) { __VA_ARGS__ }) / sizeof(int64_t))]
#define CORE(t, number, ...)                                                   \
	core_trap(t, number, (const uint64_t[]) { __VA_ARGS__ },               \
	    sizeof((const uint64_t[]) { __VA_ARGS__ }) / sizeof(uint64_t))

/*
 * Messages as bytes
 */

static uint32_t
desc_write(struct thread *t, uint8_t *at, const struct m_desc *desc, int i)
{
	struct layout_guarded guarded = { 0 };
	struct layout_port port = { 0 };
	struct layout_ool ool = { 0 };

	switch (desc->type) {
	case MACH_MSG_PORT_DESCRIPTOR:
		port.name = desc->name[0];
		port.disposition = (uint8_t)desc->disposition;
		port.type = MACH_MSG_PORT_DESCRIPTOR;
		memcpy(at, &port, sizeof(port));
		return (sizeof(port));
	case MACH_MSG_GUARDED_PORT_DESCRIPTOR:
		guarded.name = desc->name[0];
		guarded.disposition = (uint8_t)desc->disposition;
		guarded.type = MACH_MSG_GUARDED_PORT_DESCRIPTOR;
		guarded.flags = desc->guard_flags;
		guarded.context = desc->guard;
		memcpy(at, &guarded, sizeof(guarded));
		return (sizeof(guarded));
	default:
		memcpy(t->names[i], desc->name, sizeof(t->names[i]));
		ool.type = (uint8_t)desc->type;
		ool.copy = MACH_MSG_VIRTUAL_COPY;
		ool.disposition = (uint8_t)desc->disposition;
		ool.count = desc->count;
		ool.address = desc->bad ? 0 : (uintptr_t)t->names[i];
		memcpy(at, &ool, sizeof(ool));
		return (sizeof(ool));
	}
}

static void
message_write(struct thread *t, uint8_t *at, struct m_spec *spec)
{
	mach_msg_header_t h = { 0 };
	uint32_t i, size = sizeof(h);

	h.msgh_bits = spec->bits;
	h.msgh_remote_port = spec->remote;
	h.msgh_local_port = spec->local;
	h.msgh_id = spec->id;
	if (spec->bits & MACH_MSGH_BITS_COMPLEX) {
		memcpy(at + size, &spec->ndescs, sizeof(spec->ndescs));
		size += sizeof(spec->ndescs);
		for (i = 0; i < spec->ndescs; i++)
			size += desc_write(t, at + size, &spec->desc[i], (int)i);
	}
	memset(at + size, (int)spec->id, spec->size);
	spec->size += size;
	memcpy(at, &h, sizeof(h));
}

/* The names of a message that came, in the order in which they were made. */
static uint32_t
message_read(const uint8_t *at, struct m_spec *spec, bool pseudo, bool hints)
{
	struct layout_guarded guarded;
	struct layout_port port;
	struct layout_ool ool;
	mach_msg_header_t h;
	struct m_desc *desc;
	uint32_t i, j, size = sizeof(h);

	memset(spec, 0, sizeof(*spec));
	memcpy(&h, at, sizeof(h));
	spec->bits = h.msgh_bits;
	spec->size = h.msgh_size;
	spec->remote = h.msgh_remote_port;
	spec->local = h.msgh_local_port;
	spec->id = h.msgh_id;
	if (!hints)
		return (size);
	hint_add(spec->remote);
	if (pseudo)
		hint_add(spec->local);
	if (!(h.msgh_bits & MACH_MSGH_BITS_COMPLEX))
		return (size);
	memcpy(&spec->ndescs, at + size, sizeof(spec->ndescs));
	size += sizeof(spec->ndescs);
	if (spec->ndescs > M_DESCS)
		m_wrong("%u descriptors came", spec->ndescs);
	for (i = 0; i < spec->ndescs; i++) {
		desc = &spec->desc[i];
		desc->type = layout_desc_type(at + size);
		desc->count = 1;
		if (desc->type == MACH_MSG_PORT_DESCRIPTOR) {
			memcpy(&port, at + size, sizeof(port));
			desc->name[0] = port.name;
			desc->disposition = port.disposition;
		} else if (desc->type == MACH_MSG_GUARDED_PORT_DESCRIPTOR) {
			memcpy(&guarded, at + size, sizeof(guarded));
			desc->name[0] = guarded.name;
			desc->disposition = guarded.disposition;
			desc->guard = guarded.context;
		} else {
			memcpy(&ool, at + size, sizeof(ool));
			desc->count = ool.count;
			desc->disposition = ool.disposition;
			if (desc->type == MACH_MSG_OOL_PORTS_DESCRIPTOR &&
			    ool.count != 0)
				memcpy(desc->name,
				    (void *)(uintptr_t)ool.address,
				    ool.count * sizeof(desc->name[0]));
			if (ool.count != 0)
				sim_array_free(ool.address);
		}
		for (j = 0; desc->type != MACH_MSG_OOL_DESCRIPTOR &&
		     j < desc->count; j++)
			hint_add(desc->name[j]);
		size += layout_desc_size(desc->type);
	}
	return (size);
}

/*
 * What came back
 */

static void
body_same(const struct m_spec *core, const struct m_spec *model)
{
	uint32_t i, j;

	same("descriptors", core->ndescs, model->ndescs);
	for (i = 0; i < core->ndescs; i++) {
		const struct m_desc *a = &core->desc[i], *b = &model->desc[i];

		same("descriptor", a->type, b->type);
		same("its count", a->count, b->count);
		if (a->type == MACH_MSG_OOL_DESCRIPTOR)
			continue;
		if (a->count != 0)
			same("its disposition", a->disposition,
			    b->disposition);
		for (j = 0; j < a->count; j++)
			same("name in a body", a->name[j], b->name[j]);
	}
}

static void
trailer_same(const uint8_t *at, uint64_t options, const struct m_out *out)
{
	mach_msg_max_trailer_t trailer;
	uint32_t size;

	size = (uint32_t)REQUESTED_TRAILER_SIZE((mach_msg_option_t)options);
	memcpy(&trailer, at, size);
	same("trailer's size", trailer.msgh_trailer_size, size);
	if (size >= sizeof(mach_msg_seqno_trailer_t))
		same("seqno", trailer.msgh_seqno, out->seqno);
	if (size >= sizeof(mach_msg_audit_trailer_t))
		same("kernel's", trailer.msgh_audit.val[5] == 0, out->kernel);
	if (size >= sizeof(mach_msg_context_trailer_t))
		same("context", (int64_t)trailer.msgh_context,
		    (int64_t)out->context);
}

static void
value_same(const uint8_t *at, const struct m_out *out)
{
	uint32_t value;

	if (!out->kernel || out->spec.size != 36)
		return;
	memcpy(&value, at + 32, sizeof(value));
	same("notification's word", value, out->value);
}

/* What the core did last, as the model would have it. */
struct answer {
	int32_t result;
	struct m_spec spec;
	const uint8_t *at;
};

/* Reads what the core left, so that the model knows its names. */
static void
answer_read(struct thread *t, struct answer *a)
{
	struct m_thread *m = t->model;
	bool pseudo = (a->result & 0xffffc000) == 0x10000000 &&
	    m->send_buffer != 0;
	int32_t plain = a->result & ~(int32_t)MACH_MSG_MASK;

	a->at = (const uint8_t *)(uintptr_t)m->rcv_buffer;
	m_hints.failing = sim_fail.failed;
	if (plain == MACH_SEND_TIMED_OUT || plain == MACH_SEND_INTERRUPTED) {
		a->at = (const uint8_t *)(uintptr_t)m->send_buffer;
		(void)message_read(a->at, &a->spec, true, true);
	} else if (m->options & MACH_RCV_MSG && m->rcv_size > 64 &&
	    (plain == MACH_MSG_SUCCESS || plain == MACH_RCV_BODY_ERROR)) {
		(void)message_read(a->at, &a->spec, false, true);
	} else if (m->options & MACH_RCV_MSG) {
		(void)message_read(a->at, &a->spec, false, false);
	}
	(void)pseudo;
}

static void
answer_same(struct thread *t, const struct answer *a, int32_t result,
    const struct m_out *out)
{
	struct m_thread *m = t->model;

	same("mach_msg", a->result, result);
	if (a->result == MACH_RCV_TOO_LARGE && !out->any) {
		same("large size", a->spec.size, out->large_size);
		if (m->options & MACH_RCV_LARGE_IDENTITY)
			same("large name", a->spec.local, out->large_name);
		return;
	}
	if (!out->any)
		return;
	same("local", a->spec.local, out->spec.local);
	if (out->header_only)
		return;
	same("remote", a->spec.remote, out->spec.remote);
	same("bits", a->spec.bits, out->spec.bits);
	same("id", a->spec.id, out->spec.id);
	same("size", a->spec.size, out->spec.size);
	body_same(&a->spec, &out->spec);
	if (out->pseudo)
		return;
	value_same(a->at, out);
	trailer_same(a->at + a->spec.size, m->options, out);
}
