/*
 * The simulator's messages, and waits that go on.
 */
#include <stdlib.h>

#include <mach/kern_return.h>
#include <mach/mach_port.h>

#include "mach/core/layout.h"
#include "tests/sim/sim.h"

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
			size +=
			    desc_write(t, at + size, &spec->desc[i], (int)i);
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
		for (j = 0;
		     desc->type != MACH_MSG_OOL_DESCRIPTOR && j < desc->count;
		     j++)
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
			same("its disposition", a->disposition, b->disposition);
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
	int32_t plain = a->result & ~(int32_t)MACH_MSG_MASK;

	a->at = (const uint8_t *)(uintptr_t)m->rcv_buffer;
	m_hints.failing = sim_fail.failed;
	/* In a full space it matters which names are known to be dead. */
	if ((uint32_t)m->task->space.entries.n + M_HINTS >=
	    m->task->space.limit)
		sim_sync_space(&m->task->space);
	if (plain == MACH_SEND_TIMED_OUT || plain == MACH_SEND_INTERRUPTED) {
		a->at = (const uint8_t *)(uintptr_t)m->send_buffer;
		(void)message_read(a->at, &a->spec, true, true);
	} else if (m->options & MACH_RCV_MSG && m->rcv_size > 64 &&
		   (plain == MACH_MSG_SUCCESS ||
		       plain == MACH_RCV_BODY_ERROR)) {
		(void)message_read(a->at, &a->spec, false, true);
	} else if (m->options & MACH_RCV_MSG) {
		(void)message_read(a->at, &a->spec, false, false);
	}
}

static void
answer_same(struct thread *t, const struct answer *a, int32_t result,
    const struct m_out *out)
{
	struct m_thread *m = t->model;

	same("mach_msg", a->result, result);
	/* What a thread of a dead task would have seen, nobody sees. */
	if (m->task->dead)
		return;
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

/*
 * mach_msg
 */

static uint32_t
pick_right(
    struct dice *d, struct m_space *space, mach_port_name_t *name, bool body)
{
	struct m_entry *entry;

	*name = pick_name(d, space,
	    one_in(d, 3) ? MACH_PORT_TYPE_RECEIVE : MACH_PORT_TYPE_PORT_RIGHTS);
	entry = m_find(space, *name);
	if (entry == NULL || one_in(d, 16))
		return (16 + dice(d, 6));
	if (entry->type & MACH_PORT_TYPE_SEND_ONCE)
		return (MACH_MSG_TYPE_MOVE_SEND_ONCE);
	if (body && entry->type & MACH_PORT_TYPE_RECEIVE && one_in(d, 3))
		return (MACH_MSG_TYPE_MOVE_RECEIVE);
	if (entry->type & MACH_PORT_TYPE_RECEIVE &&
	    (!(entry->type & MACH_PORT_TYPE_SEND) || one_in(d, 2)))
		return ((uint32_t)OF(
		    d, MACH_MSG_TYPE_MAKE_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE));
	return ((uint32_t)OF(d, MACH_MSG_TYPE_COPY_SEND,
	    MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MOVE_SEND));
}

static void
desc_pick(struct dice *d, struct m_space *space, struct m_desc *desc)
{
	struct m_port *port;
	uint32_t i, type;

	desc->type = (uint32_t)OF(d, MACH_MSG_PORT_DESCRIPTOR,
	    MACH_MSG_PORT_DESCRIPTOR, MACH_MSG_OOL_PORTS_DESCRIPTOR,
	    MACH_MSG_OOL_DESCRIPTOR, MACH_MSG_GUARDED_PORT_DESCRIPTOR);
	desc->count = 1;
	desc->disposition = pick_right(d, space, &desc->name[0], true);
	switch (desc->type) {
	case MACH_MSG_GUARDED_PORT_DESCRIPTOR:
		desc->disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
		desc->name[0] = pick_name(d, space, MACH_PORT_TYPE_RECEIVE);
		desc->guard_flags =
		    (uint16_t)OF(d, MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE,
			MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE,
			MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE |
			    MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND,
			MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE |
			    MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND,
			MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND, 0);
		desc->guard = dice(d, 3);
		if (desc->guard_flags &
			MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND &&
		    !one_in(d, 8))
			desc->guard = 0;
		if (m_receive_of(space, desc->name[0], &port) == KERN_SUCCESS &&
		    port->guarded && !one_in(d, 4))
			desc->guard = port->context;
		break;
	case MACH_MSG_OOL_DESCRIPTOR:
		desc->count = (uint32_t)OF(d, 0, 1, 8, 16);
		desc->bad = desc->count != 0 && one_in(d, 16);
		break;
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		desc->count = dice(d, M_ARRAY + 1);
		type = desc->disposition;
		/* Moved twice, a right is there once. */
		if (type != MACH_MSG_TYPE_COPY_SEND &&
		    type != MACH_MSG_TYPE_MAKE_SEND && one_in(d, 2))
			desc->count = 1;
		for (i = 1; i < desc->count; i++) {
			desc->name[i] = pick_name(d, space,
			    type == MACH_MSG_TYPE_MOVE_SEND_ONCE
				? MACH_PORT_TYPE_SEND_ONCE
			    : type == MACH_MSG_TYPE_MOVE_SEND ||
				    type == MACH_MSG_TYPE_COPY_SEND
				? MACH_PORT_TYPE_SEND
				: MACH_PORT_TYPE_RECEIVE);
		}
		desc->bad = desc->count != 0 && one_in(d, 16);
		break;
	default:
		break;
	}
}

static void
message_pick(struct dice *d, struct m_space *space, struct m_spec *spec)
{
	uint32_t i, remote, local = 0;

	memset(spec, 0, sizeof(*spec));
	remote = pick_right(d, space, &spec->remote, false);
	if (one_in(d, 3))
		local = pick_right(d, space, &spec->local, false);
	if (local != 0 && one_in(d, 6)) {
		spec->local = spec->remote;
		local = (uint32_t)OF(d, local, remote);
	}
	if (one_in(d, 64))
		spec->local = 0;
	spec->bits = MACH_MSGH_BITS_SET(remote, local, 0, 0);
	spec->id = (int32_t)dice(d, 100) + 500;
	if (one_in(d, 2)) {
		spec->bits |= MACH_MSGH_BITS_COMPLEX;
		spec->ndescs = dice(d, M_DESCS + 1);
		for (i = 0; i < spec->ndescs; i++)
			desc_pick(d, space, &spec->desc[i]);
	}
	if (one_in(d, 128))
		spec->bits |= 0x20000000;
	spec->size = (uint32_t)OF(d, 0, 0, 4, 12, 600);
}

static uint64_t
options_pick(struct dice *d)
{
	uint64_t options = (uint64_t)OF(d, MACH_SEND_MSG, MACH_SEND_MSG,
	    MACH_RCV_MSG, MACH_RCV_MSG, MACH_SEND_MSG | MACH_RCV_MSG, 0);

	options |= (uint64_t)OF(d, 0, MACH_SEND_TIMEOUT | MACH_RCV_TIMEOUT,
	    MACH_SEND_TIMEOUT | MACH_RCV_TIMEOUT, MACH_SEND_TIMEOUT,
	    MACH_RCV_TIMEOUT);
	options |= (uint64_t)OF(d, 0, 0, 0, MACH_RCV_LARGE,
	    MACH_RCV_LARGE | MACH_RCV_LARGE_IDENTITY);
	if (one_in(d, 4))
		options |= MACH_SEND_NOTIFY;
	if (one_in(d, 2))
		options |= MACH_RCV_GUARDED_DESC;
	options |= (uint64_t)OF(d, 0,
	    MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_SEQNO),
	    MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT),
	    MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_CTX));
	return (options);
}

/* Where in a body an allocation will fail; only where nothing else can. */
static void
fail_message(struct dice *d, const struct m_call *call)
{
	if (!(call->options & MACH_SEND_MSG) || !one_in(d, 32))
		return;
	sim_fail.after[one_in(d, 2) ? IPC_MEM_MESSAGE : IPC_MEM_RIGHTS] =
	    1 + (int)dice(d, 2);
}

/* After a failed allocation: where the body's copyin stopped. */
static int
fail_where(const struct m_spec *spec)
{
	uint32_t i;
	int calls = sim_fail.calls[IPC_MEM_RIGHTS];

	/* More descriptors than a few have an array of their own. */
	if (spec->ndescs > IPC_MSG_FEW && --calls == 0)
		return (-1);
	for (i = 0; i < spec->ndescs; i++) {
		if (spec->desc[i].type == MACH_MSG_OOL_PORTS_DESCRIPTOR &&
		    spec->desc[i].count != 0 && --calls == 0)
			return ((int)i);
	}
	return (-2);
}

static uint64_t
deadline_of(const struct m_call *call, bool sends)
{
	uint64_t option = sends ? MACH_SEND_TIMEOUT : MACH_RCV_TIMEOUT;

	return (call->options & option
		    ? plain_now + call->timeout * UINT64_C(1000000)
		    : IPC_FOREVER);
}

static void
descs_say(const struct m_spec *spec)
{
	const struct m_desc *desc;
	uint32_t i;

	for (i = 0; i < spec->ndescs; i++) {
		desc = &spec->desc[i];
		sim_say("    desc %u as %u count %u%s: %#x %#x %#x %#x; guard "
			"%#x %llu",
		    desc->type, desc->disposition, desc->count,
		    desc->bad ? " bad" : "", desc->name[0], desc->name[1],
		    desc->name[2], desc->name[3], desc->guard_flags,
		    (unsigned long long)desc->guard);
	}
}

static void
count_message(const struct m_call *call, int32_t result)
{
	bool failed = result != MACH_MSG_SUCCESS && result != M_PARKED;
	bool sends = call->options & MACH_SEND_MSG;
	uint32_t i;

	sim_count(!(call->options & MACH_RCV_MSG) ? "mach_msg: send"
		  : sends			  ? "mach_msg: send and receive"
						  : "mach_msg: receive",
	    failed);
	for (i = 0; sends && i < call->spec.ndescs; i++)
		sim_count("mach_msg: descriptor sent", failed);
	if (result == M_PARKED)
		sim_count("mach_msg: waits", false);
}

void
op_message(struct dice *d, struct task *task, struct thread *t)
{
	struct m_space *space = &task->model->space;
	struct m_call call = { 0 };
	struct answer a = { 0 };
	struct m_out out;
	int32_t mr;
	bool apart = one_in(d, 2);

	hints_clear();
	call.options = options_pick(d);
	call.timeout = (uint32_t)OF(d, 0, 0, 1, 5, 20);
	call.rcv_size = (uint32_t)OF(d, 24, 28, 300, BUFFER, BUFFER, BUFFER);
	call.rcv_name = pick_name(d, space,
	    one_in(d, 3) ? MACH_PORT_TYPE_PORT_SET : MACH_PORT_TYPE_RECEIVE);
	call.buffer = (uintptr_t)t->buffer;
	call.rcv_buffer = apart ? (uintptr_t)t->other : call.buffer;
	if (call.options & MACH_SEND_MSG) {
		message_pick(d, space, &call.spec);
		message_write(t, t->buffer, &call.spec);
		sim_sync_entry(space, call.spec.remote);
	}
	fail_message(d, &call);
	/* Which of the two it waits in is known afterwards only. */
	t->deadline = IPC_FOREVER;
	t->number = 32;
	sim_say("  mach_msg options %#llx bits %#x remote %#x local %#x id %d "
		"size %u descs %u; from %#x size %u timeout %u",
	    (unsigned long long)call.options, call.spec.bits, call.spec.remote,
	    call.spec.local, call.spec.id, call.spec.size, call.spec.ndescs,
	    call.rcv_name, call.rcv_size, call.timeout);
	descs_say(&call.spec);
	a.result = M_PARKED;
	if (ipc_trap_call(t->core, 32,
		(const uint64_t[]){ call.buffer, call.options, call.spec.size,
		    call.rcv_size, call.rcv_name, call.timeout, 0,
		    apart ? call.rcv_buffer : 0 },
		8, &t->call))
		a.result = (int32_t)t->call.result;
	else
		t->parked = true;
	t->semaphore = false;
	count_message(&call, a.result);
	sim_say("    -> %#x", a.result);
	if (sim_fail.failed) {
		if (sim_fail.kind == IPC_MEM_MESSAGE)
			m_hints.fail_desc = -3;
		else
			m_hints.fail_desc = fail_where(&call.spec);
		if (m_hints.fail_desc == -3 && a.result == MACH_SEND_NO_BUFFER)
			return;
	}
	t->model->send_buffer = call.buffer;
	t->model->rcv_buffer = call.rcv_buffer;
	t->model->rcv_size = call.rcv_size;
	t->model->options = call.options;
	answer_read(t, &a);
	mr = m_msg(t->model, &call, &out);
	answer_same(t, &a, mr, &out);
	if (mr == M_PARKED) {
		t->deadline = deadline_of(&call, t->model->wait == M_SENDS);
		same("deadline", (int64_t)t->call.deadline,
		    (int64_t)t->deadline);
	}
}

/* A park that is over: the trap goes on. */
void
resume(struct task *task, struct thread *t)
{
	struct answer a = { 0 };
	struct m_out out;
	bool sent = t->model->wait == M_SENDS;
	int32_t mr;

	(void)task;
	hints_clear();
	a.result = M_PARKED;
	if (ipc_resume(t->core))
		a.result = (int32_t)t->call.result;
	t->parked = a.result == M_PARKED;
	sim_say("    -> %#x", a.result);
	if (t->semaphore) {
		mr = m_resume(t->model, &out);
		same("semaphore", a.result, mr);
		return;
	}
	answer_read(t, &a);
	mr = m_resume(t->model, &out);
	answer_same(t, &a, mr, &out);
	if (mr == M_PARKED && sent)
		t->deadline = t->call.deadline;
}

void
cancel(struct thread *t, bool late)
{
	ipc_cancel(t->core, late ? IPC_CANCEL_TIMEOUT : IPC_CANCEL_INTERRUPT);
	m_cancel(t->model, late ? M_TIMEOUT : M_INTERRUPT);
}
