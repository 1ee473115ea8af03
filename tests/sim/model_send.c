/*
 * The reference model: mach_msg.
 */
#include <stdlib.h>
#include <string.h>

#include <mach/kern_return.h>

#include "tests/sim/model_in.h"

static bool
is_send(uint32_t type)
{
	return (type >= MACH_MSG_TYPE_MOVE_SEND &&
		type <= MACH_MSG_TYPE_MAKE_SEND_ONCE);
}

/*
 * In
 */

static int32_t
types_check(const struct m_spec *spec)
{
	const struct m_desc *desc;
	uint32_t i;

	for (i = 0; i < spec->ndescs; i++) {
		desc = &spec->desc[i];
		if (desc->type != MACH_MSG_GUARDED_PORT_DESCRIPTOR)
			continue;
		if (desc->disposition != MACH_MSG_TYPE_MOVE_RECEIVE ||
		    desc->guard_flags == 0 ||
		    desc->guard_flags & ~MACH_MSG_GUARD_FLAGS_MASK ||
		    (desc->guard_flags &
			    MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND &&
			desc->guard != 0))
			return (MACH_SEND_INVALID_TYPE);
	}
	return (MACH_MSG_SUCCESS);
}

static int32_t
header_check(const struct m_spec *spec)
{
	uint32_t dest = MACH_MSGH_BITS_REMOTE(spec->bits);
	uint32_t reply = MACH_MSGH_BITS_LOCAL(spec->bits);

	if (spec->bits & ~(uint32_t)MACH_MSGH_BITS_USER)
		return (MACH_SEND_INVALID_HEADER);
	if (reply == 0 ? spec->local != MACH_PORT_NULL : !is_send(reply))
		return (MACH_SEND_INVALID_HEADER);
	if (!is_send(dest))
		return (MACH_SEND_INVALID_HEADER);
	if (!m_valid(spec->remote))
		return (MACH_SEND_INVALID_DEST);
	if (spec->remote == spec->local &&
	    (dest == MACH_MSG_TYPE_MOVE_SEND_ONCE ||
		reply == MACH_MSG_TYPE_MOVE_SEND_ONCE))
		return (MACH_SEND_INVALID_DEST);
	return (MACH_MSG_SUCCESS);
}

static bool
is_make(uint32_t type)
{
	return (type == MACH_MSG_TYPE_MAKE_SEND ||
		type == MACH_MSG_TYPE_MAKE_SEND_ONCE);
}

/* MACH_SEND_NOTIFY: a full queue arms the request, another takes it in. */
static void
notify_arm(struct m_msg *msg, struct m_space *space, mach_port_name_t name)
{
	struct m_entry *entry = m_find(space, name);
	struct m_request *request;
	struct m_port *port = msg->dest.port;

	if (entry == NULL || entry->port != port || port->dead ||
	    msg->dest.type == MACH_MSG_TYPE_PORT_SEND_ONCE ||
	    port->kernel != M_USER)
		return;
	request = m_request_find(space, entry);
	if (request == NULL)
		return;
	if ((uint32_t)port->queue.n < port->limit)
		msg->always = true;
	else if (request->possible)
		request->armed = true;
}

static int32_t
header_in(struct m_msg *msg, struct m_space *space, uint64_t options)
{
	const struct m_spec *spec = &msg->spec;
	uint32_t dest = MACH_MSGH_BITS_REMOTE(spec->bits), disposition = dest;
	uint32_t reply = MACH_MSGH_BITS_LOCAL(spec->bits), flags = M_IN_DEST;
	struct m_entry *entry;
	int32_t mr = header_check(spec);

	if (mr != MACH_MSG_SUCCESS)
		return (mr);
	entry = m_find(space, spec->remote);
	if (space->dead || entry == NULL ||
	    !(entry->type & MACH_PORT_TYPE_PORT_RIGHTS))
		return (MACH_SEND_INVALID_DEST);
	if (m_valid(spec->local) && !m_reply_ok(space, spec->local, reply))
		return (MACH_SEND_INVALID_REPLY);
	if (spec->remote == spec->local && !is_make(dest) && !is_make(reply)) {
		if (dest == MACH_MSG_TYPE_MOVE_SEND && reply == dest)
			flags |= M_IN_TWICE;
		else
			flags |= M_IN_TWICE_COPY;
		if (reply == MACH_MSG_TYPE_MOVE_SEND)
			disposition = reply;
	}
	if (m_copyin(space, spec->remote, disposition, flags, NULL,
		&msg->dest.port) != KERN_SUCCESS)
		return (MACH_SEND_INVALID_DEST);
	msg->dest.type = m_type_after(dest);
	msg->reply.type = m_type_after(reply);
	if (flags & (M_IN_TWICE | M_IN_TWICE_COPY))
		msg->reply.port = msg->dest.port;
	else if (!m_valid(spec->local))
		msg->reply.port = spec->local == MACH_PORT_NULL ? NULL : M_DEAD;
	else if (m_copyin(space, spec->local, reply, M_IN_HEADER, NULL,
		     &msg->reply.port) != KERN_SUCCESS)
		m_wrong("the model's reply port vanished");
	if (options & MACH64_SEND_NOTIFY)
		notify_arm(msg, space, spec->remote);
	return (MACH_MSG_SUCCESS);
}

static int32_t
port_in(struct m_msg *msg, struct m_space *space, mach_port_name_t name,
    const struct m_desc *desc, struct m_right *right)
{
	struct m_port *port;

	right->type = m_type_after(desc->disposition);
	if (!m_valid(name)) {
		right->port = name == MACH_PORT_NULL ? NULL : M_DEAD;
		return (MACH_MSG_SUCCESS);
	}
	if (m_copyin(space, name, desc->disposition, 0,
		desc->type == MACH_MSG_GUARDED_PORT_DESCRIPTOR ? desc : NULL,
		&port) != KERN_SUCCESS)
		return (MACH_SEND_INVALID_RIGHT);
	right->port = port;
	if (right->type == MACH_MSG_TYPE_PORT_RECEIVE &&
	    !m_transit(port, msg->dest.port))
		msg->circular = true;
	return (MACH_MSG_SUCCESS);
}

/* What was taken before a failure is lost. */
static int32_t
body_in(struct m_msg *msg, struct m_space *space)
{
	const struct m_desc *desc;
	uint32_t i, j;
	int32_t mr;

	for (i = 0; i < msg->spec.ndescs; i++) {
		if (m_hints.fail_desc != -2 && (int)i >= m_hints.fail_desc)
			return (M_PARKED);
		desc = &msg->spec.desc[i];
		if (desc->bad)
			return (MACH_SEND_INVALID_MEMORY);
		if (desc->type == MACH_MSG_OOL_DESCRIPTOR)
			continue;
		for (j = 0; j < desc->count; j++) {
			mr = port_in(
			    msg, space, desc->name[j], desc, &msg->right[i][j]);
			if (mr != MACH_MSG_SUCCESS)
				return (mr);
		}
	}
	return (MACH_MSG_SUCCESS);
}

/*
 * Out
 */

static int32_t
bits_of(int32_t kr)
{
	if (kr == KERN_SUCCESS)
		return (0);
	return (kr == KERN_RESOURCE_SHORTAGE ? MACH_MSG_IPC_KERNEL
					     : MACH_MSG_IPC_SPACE);
}

/* The body's rights as names; a guarded one gets its new guard. */
static int32_t
body_out(struct m_msg *msg, struct m_space *space, struct m_spec *spec,
    bool guarded, bool pseudo, uint64_t buffer)
{
	struct m_right right;
	struct m_desc *desc;
	uint32_t i, j;
	int32_t mr = 0, kr;

	for (i = 0; i < spec->ndescs; i++) {
		desc = &spec->desc[i];
		if (desc->type == MACH_MSG_OOL_DESCRIPTOR)
			continue;
		if (msg->kernel)
			desc->count = 1;
		for (j = 0; j < desc->count; j++) {
			right = msg->right[i][j];
			msg->right[i][j].port = NULL;
			desc->disposition = right.type;
			if (desc->type == MACH_MSG_GUARDED_PORT_DESCRIPTOR &&
			    !guarded && !pseudo) {
				/* Not asked for: it is destroyed. */
				(void)m_hint();
				m_release(right);
				m_reap();
				desc->name[j] = MACH_PORT_NULL;
				continue;
			}
			kr = m_copyout(space, right, &desc->name[j]);
			mr |= bits_of(kr);
			if (kr == KERN_SUCCESS && M_VALID(right.port) &&
			    !right.port->dead &&
			    desc->type == MACH_MSG_GUARDED_PORT_DESCRIPTOR &&
			    desc->guard_flags &
				MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE) {
				right.port->guarded = true;
				right.port->context = buffer;
				right.port->immovable = !pseudo;
			}
		}
	}
	return (mr);
}

/* The destination's right is used up: its name here. */
static mach_port_name_t
dest_out(struct m_msg *msg, struct m_space *space)
{
	struct m_right right = msg->dest;
	struct m_port *port = right.port;
	mach_port_name_t name = MACH_PORT_NULL;

	msg->dest.port = NULL;
	if (port->receiver == space)
		name = port->name;
	else if (port->dead)
		name = MACH_PORT_DEAD;
	if (right.type == MACH_MSG_TYPE_PORT_SEND_ONCE &&
	    port->receiver == space)
		m_use_send_once(port);
	else
		m_release(right);
	return (name);
}

/* Only a header is left. */
static void
header_only(struct m_msg *msg, struct m_space *space, struct m_out *out)
{
	out->header_only = true;
	out->spec.local = dest_out(msg, space);
	out->spec.id = msg->spec.id;
	m_list_add(&m_dead, msg);
	msg->dest.port = NULL;
}

static int32_t
message_out(struct m_thread *thread, struct m_msg *msg, struct m_out *out)
{
	struct m_space *space = &thread->task->space;
	struct m_right reply = msg->reply;
	int32_t mr, kr;

	out->any = true;
	out->spec = msg->spec;
	out->kernel = msg->kernel;
	out->value = msg->value;
	out->seqno = msg->seqno;
	out->context = msg->context;
	kr = m_put(space, reply, &out->spec.remote);
	if (kr != KERN_SUCCESS) {
		header_only(msg, space, out);
		return (MACH_RCV_HEADER_ERROR | bits_of(kr));
	}
	msg->reply.port = NULL;
	out->spec.bits = MACH_MSGH_BITS_SET(reply.type, msg->dest.type, 0,
	    msg->spec.bits & MACH_MSGH_BITS_COMPLEX);
	if (msg->kernel && msg->spec.ndescs != 0)
		out->spec.bits |= MACH_MSGH_BITS_COMPLEX;
	out->spec.local = dest_out(msg, space);
	mr = body_out(msg, space, &out->spec,
	    (thread->options & MACH_RCV_GUARDED_DESC) != 0, false,
	    thread->rcv_buffer);
	free(msg);
	return (mr == 0 ? MACH_MSG_SUCCESS : MACH_RCV_BODY_ERROR | mr);
}

/* The sender has back what could not be sent. */
static int32_t
pseudo_out(struct m_thread *thread, struct m_msg *msg, struct m_out *out)
{
	struct m_space *space = &thread->task->space;
	struct m_right dest = msg->dest, reply = msg->reply;
	struct m_entry *entry;
	mach_port_name_t given;
	int32_t mr;
	int i;

	out->any = out->pseudo = true;
	out->spec = msg->spec;
	mr = bits_of(m_copyout(space, dest, &out->spec.remote));
	if (M_VALID(reply.port) && reply.port->reply && !space->dead) {
		/* A reply port's right is taken back as it was made. */
		given = m_hint();
		(void)given;
		out->spec.local =
		    reply.port->dead ? MACH_PORT_DEAD : MACH_PORT_NULL;
		for (i = 0; i < space->entries.n; i++) {
			entry = space->entries.item[i];
			if (entry->port == reply.port &&
			    entry->type & MACH_PORT_TYPE_RECEIVE) {
				out->spec.local = entry->name;
				reply.type = MACH_MSG_TYPE_MAKE_SEND_ONCE;
			}
		}
		m_use_send_once(reply.port);
	} else {
		mr |= bits_of(m_copyout(space, reply, &out->spec.local));
	}
	out->spec.bits = MACH_MSGH_BITS_SET(
	    dest.type, reply.type, 0, msg->spec.bits & MACH_MSGH_BITS_COMPLEX);
	mr |=
	    body_out(msg, space, &out->spec, false, true, thread->send_buffer);
	free(msg);
	return (mr);
}

/*
 * The calls
 */

/* A message to the kernel, which knows no id: a reply says so. */
static void
serve(struct m_msg *msg)
{
	struct m_msg *reply;

	msg->dest.port->seqno++;
	/* None goes to the kernel, nor where others would have to wait. */
	if (M_VALID(msg->reply.port) && msg->reply.port->kernel == M_USER &&
	    (msg->reply.type == MACH_MSG_TYPE_PORT_SEND_ONCE ||
		(uint32_t)msg->reply.port->queue.n < msg->reply.port->limit)) {
		reply = m_new(sizeof(*reply));
		reply->dest = msg->reply;
		reply->kernel = true;
		reply->born = m_step;
		reply->spec.size = 36;
		reply->spec.id = msg->spec.id + 100;
		reply->value = (uint32_t)-303; /* MIG_BAD_ID */
		msg->reply.port = NULL;
		m_kernel_msgs++;
		if (reply->dest.port->dead)
			m_list_add(&m_dead, reply);
		else
			m_deliver(reply->dest.port, reply);
	}
	m_list_add(&m_dead, msg);
}

/* Takes the message; MACH_MSG_SUCCESS, M_PARKED, or why it cannot be. */
static int32_t
send(struct m_thread *thread, struct m_msg *msg, const struct m_call *call)
{
	struct m_port *port = msg->dest.port;

	if (msg->circular || port->dead) {
		m_list_add(&m_dead, msg);
	} else if (port->kernel != M_USER) {
		serve(msg);
	} else if ((uint32_t)port->queue.n >= port->limit && !msg->always &&
		   msg->dest.type != MACH_MSG_TYPE_PORT_SEND_ONCE) {
		if (call->options & MACH_SEND_TIMEOUT && call->timeout == 0)
			return (MACH_SEND_TIMED_OUT);
		thread->msg = msg;
		return (m_park(thread, M_SENDS, &port->senders));
	} else {
		m_deliver(port, msg);
	}
	return (MACH_MSG_SUCCESS);
}

static int32_t
receive_done(struct m_thread *thread, int32_t mr, struct m_out *out)
{
	struct m_msg *msg = thread->msg;

	thread->msg = NULL;
	if (mr == MACH_RCV_TOO_LARGE && msg == NULL) {
		out->large_size = thread->large_size;
		out->large_name = thread->large_name;
	} else if (mr == MACH_RCV_TOO_LARGE) {
		out->any = true;
		out->kernel = msg->kernel;
		header_only(msg, &thread->task->space, out);
	} else if (mr == MACH_MSG_SUCCESS) {
		mr = message_out(thread, msg, out);
	}
	m_reap();
	return (mr);
}

static int32_t
receive(struct m_thread *thread, uint32_t timeout, struct m_out *out)
{
	struct m_entry *entry;
	struct m_list *list;
	struct m_port *port = NULL;

	thread->msg = NULL;
	entry = thread->task->space.dead
		    ? NULL
		    : m_find(&thread->task->space, thread->rcv_name);
	if (entry == NULL ||
	    !(entry->type & (MACH_PORT_TYPE_RECEIVE | MACH_PORT_TYPE_PORT_SET)))
		return (MACH_RCV_INVALID_NAME);
	if (entry->type & MACH_PORT_TYPE_RECEIVE) {
		list = &entry->port->receivers;
		if (entry->port->queue.n != 0)
			port = entry->port;
	} else {
		list = &entry->set->receivers;
		port = m_list_at(&entry->set->ready, 0);
		if (port != NULL) {
			/* Whoever is served goes to the end. */
			m_list_remove(&entry->set->ready, port);
			m_list_add(&entry->set->ready, port);
		}
	}
	if (port != NULL)
		return (receive_done(thread, m_take(port, thread), out));
	if (thread->options & MACH_RCV_TIMEOUT && timeout == 0)
		return (MACH_RCV_TIMED_OUT);
	return (m_park(thread, M_RECEIVES, list));
}

static int32_t
send_done(
    struct m_thread *thread, struct m_msg *msg, int32_t mr, struct m_out *out)
{
	if (mr == MACH_SEND_INVALID_DEST) {
		/* It died while this waited: as if it had been sent. */
		m_list_add(&m_dead, msg);
		mr = MACH_MSG_SUCCESS;
	} else if (mr != MACH_MSG_SUCCESS) {
		mr |= pseudo_out(thread, msg, out);
	}
	m_reap();
	if (mr != MACH_MSG_SUCCESS || !(thread->options & MACH_RCV_MSG))
		return (mr);
	return (receive(thread, thread->timeout, out));
}

int32_t
m_msg(struct m_thread *thread, const struct m_call *call, struct m_out *out)
{
	struct m_msg *msg;
	int32_t mr;

	memset(out, 0, sizeof(*out));
	thread->options = call->options;
	thread->rcv_name = call->rcv_name;
	thread->rcv_size = call->rcv_size;
	thread->rcv_buffer = call->rcv_buffer;
	thread->send_buffer = call->buffer;
	thread->timeout = call->timeout;
	if (!(call->options & MACH_SEND_MSG))
		return (call->options & MACH_RCV_MSG
			    ? receive(thread, call->timeout, out)
			    : MACH_MSG_SUCCESS);
	mr = types_check(&call->spec);
	if (mr != MACH_MSG_SUCCESS)
		return (mr);
	msg = m_new(sizeof(*msg));
	msg->spec = call->spec;
	m_defers = true;
	mr = header_in(msg, &thread->task->space, call->options);
	m_deferred_run();
	if (mr != MACH_MSG_SUCCESS) {
		free(msg);
		m_reap();
		return (mr);
	}
	mr = body_in(msg, &thread->task->space);
	if (mr != MACH_MSG_SUCCESS) {
		m_list_add(&m_dead, msg);
		m_reap();
		return (mr == M_PARKED ? MACH_SEND_NO_BUFFER : mr);
	}
	mr = send(thread, msg, call);
	m_reap();
	return (mr == M_PARKED ? mr : send_done(thread, msg, mr, out));
}

int32_t
m_resume(struct m_thread *thread, struct m_out *out)
{
	enum m_wait wait = thread->wait;
	struct m_msg *msg = thread->msg;

	memset(out, 0, sizeof(*out));
	thread->wait = M_RUNS;
	thread->ready = false;
	if (wait == M_RECEIVES)
		return (receive_done(thread, thread->result, out));
	if (wait != M_SENDS)
		return (thread->result);
	thread->msg = NULL;
	return (send_done(thread, msg, thread->result, out));
}
