/*
 * Messages of core and model compared, and their order: which of several
 * notifications of one call comes first is the core's to say.
 */
#include "tests/sim/check.h"

static uint32_t
core_value(struct ipc_msg *msg)
{
	uint32_t value = 0;

	if (msg->size == 36)
		memcpy(&value, msg->data + 32, sizeof(value));
	return (value);
}

/* Whether these two are the same notification. */
bool
check_notice_same(struct ipc_msg *core, const struct m_msg *model)
{
	return (core->from_kernel && model->kernel &&
		ipc_msg_header(core)->msgh_id == model->spec.id &&
		(model->dest.port->peer == NULL ||
		    model->dest.port->peer == core->dest) &&
		(core->size != 36 || core_value(core) == model->value) &&
		(core->ndescs == 0 ||
		    model->right[0][0].port->mark != check_epoch ||
		    model->right[0][0].port->peer == core->descs[0].port));
}

void
check_message(const char *what, struct ipc_msg *core, struct m_msg *model)
{
	uint32_t i, j;

	same(what, ipc_msg_header(core)->msgh_id, model->spec.id);
	same("message's size", core->size, model->spec.size);
	same("message's origin", core->from_kernel, model->kernel);
	if (model->kernel)
		same("message's word", core->size == 36 ? core_value(core) : 0,
		    core->size == 36 ? model->value : 0);
	check_right("destination", core->dest, core->dest_type, model->dest);
	check_right("reply", core->reply, core->reply_type, model->reply);
	same("message's descriptors", core->ndescs, model->spec.ndescs);
	for (i = 0; i < core->ndescs; i++) {
		struct ipc_desc *desc = &core->descs[i];
		struct m_desc *mdesc = &model->spec.desc[i];

		same("descriptor's type", desc->type, mdesc->type);
		if (desc->type == MACH_MSG_OOL_DESCRIPTOR)
			continue;
		if (desc->type != MACH_MSG_OOL_PORTS_DESCRIPTOR) {
			check_right("right in a body", desc->port,
			    desc->disposition, model->right[i][0]);
			continue;
		}
		same("ports of an array", desc->count, mdesc->count);
		for (j = 0; j < desc->count; j++)
			check_right("right in an array", desc->ports[j],
			    desc->disposition, model->right[i][j]);
	}
}

/*
 * The order of notifications that one call makes is not said anywhere: the
 * model takes the core's.  `*slot` becomes the one that is this one.
 */
static bool
swap_in(struct m_msg **slot, struct m_msg **other, struct ipc_msg *core)
{
	struct m_msg *a = *slot, *b = *other;
	uint64_t context;
	uint32_t seqno;

	if (b == NULL || b == a || !b->kernel || b->born != a->born ||
	    !check_notice_same(core, b))
		return (false);
	if (b->dest.port == a->dest.port) {
		seqno = a->seqno;
		context = a->context;
		a->seqno = b->seqno;
		a->context = b->context;
		b->seqno = seqno;
		b->context = context;
	}
	*slot = b;
	*other = a;
	return (true);
}

/*
 * The same between two ports of a set on which a thread waits: what it was
 * given goes back to its port, and it gets the other.
 */
void
check_exchange(struct m_msg **slot, struct ipc_msg *core)
{
	struct m_msg *a = *slot, *b = NULL;
	struct m_port *port = NULL;
	struct m_set *set;
	int i, j;

	for (i = 0; i < m_ports.n && b == NULL; i++) {
		port = m_ports.item[i];
		for (j = 0; j < port->queue.n && b == NULL; j++) {
			b = port->queue.item[j];
			if (!b->kernel || b->born != a->born ||
			    !check_notice_same(core, b))
				b = NULL;
		}
	}
	if (b == NULL || port == a->dest.port)
		return;
	m_list_remove(&port->queue, b);
	b->seqno = port->seqno++;
	b->context = port->context;
	for (i = 0; port->queue.n == 0 && i < port->sets.n; i++) {
		set = port->sets.item[i];
		m_list_remove(&set->ready, port);
	}
	port = a->dest.port;
	port->seqno--;
	m_list_add(&port->queue, a);
	for (i = 0; port->queue.n == 1 && i < port->sets.n; i++) {
		set = port->sets.item[i];
		m_list_add(&set->ready, port);
	}
	*slot = b;
}

void
check_reorder(struct m_msg **slot, struct ipc_msg *core)
{
	struct m_msg *msg = *slot;
	struct m_list *queue;
	int i, j;

	if (!msg->kernel || check_notice_same(core, msg) ||
	    !M_VALID(msg->dest.port))
		return;
	queue = &msg->dest.port->queue;
	for (i = 0; i < queue->n; i++) {
		if (swap_in(slot, (struct m_msg **)&queue->item[i], core))
			return;
	}
	for (i = 0; i < TASKS; i++) {
		for (j = 0; j < THREADS; j++) {
			struct thread *t = sim_tasks[i].threads[j];

			if (t != NULL && t->model->wait == M_RECEIVES &&
			    swap_in(slot, &t->model->msg, core))
				return;
		}
	}
}

/*
 * A thread whose task has died was given one of several notifications, and
 * the rest went with the port: it is the core's that counts.
 */
void
check_adopt(struct m_thread *model, struct ipc_msg *core)
{
	struct m_msg *msg = model->msg;
	struct m_port *port;
	int i;

	if (!model->task->dead || !msg->kernel || !core->from_kernel ||
	    core->ndescs != 0 || msg->spec.ndescs != 0)
		return;
	msg->spec.id = ipc_msg_header(core)->msgh_id;
	msg->spec.size = core->size;
	msg->value = core_value(core);
	for (i = 0; i < m_ports.n; i++) {
		port = m_ports.item[i];
		if (port->peer != core->dest ||
		    port->dead != core->dest->object.dead)
			continue;
		msg->dest.port->sorights--;
		msg->dest.port = port;
		port->sorights++;
	}
}
