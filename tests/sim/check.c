/*
 * Core and model compared, all of it, walking from what tasks and threads
 * hold; and what the core's own structures must say of themselves: every
 * right in one place, every reference somebody's.
 */
#include <stdlib.h>

#include <mach/kern_return.h>

#include "mach/core/notify.h"
#include "mach/core/semaphore.h"
#include "mach/core/set.h"
#include "mach/core/space.h"
#include "tests/sim/check.h"

#define ITEM IPC_RING_ITEM
#define RECORDS 2048 /* a power of two */

/* One of the core's ports or sets, as it is found. */
struct record {
	struct ipc_object *core;
	void *model;
	uint32_t epoch;
	bool looked;
	uint32_t refs, srights, sorights, receives; /* found */
};

static struct record records[RECORDS];
static struct record *found[RECORDS];
static uint32_t nfound;
uint32_t check_epoch;

static struct record *
record_of(struct ipc_object *core)
{
	uint64_t h = (uint64_t)(uintptr_t)core * UINT64_C(0x9e3779b97f4a7c15);
	uint32_t at = (uint32_t)(h >> 40) & (RECORDS - 1);

	while (records[at].epoch == check_epoch && records[at].core != core)
		at = (at + 1) & (RECORDS - 1);
	if (records[at].epoch != check_epoch) {
		memset(&records[at], 0, sizeof(records[at]));
		records[at].core = core;
		records[at].epoch = check_epoch;
		found[nfound++] = &records[at];
		if (nfound > RECORDS / 2)
			m_wrong("too many ports");
	}
	return (&records[at]);
}

/* These two are one, from now on: found in `what`. */
static struct record *
bind_set(const char *what, struct ipc_object *core, struct m_set *model)
{
	struct record *r = record_of(core);

	if (r->model != NULL && r->model != model)
		m_wrong("%s: another set", what);
	if (r->model == NULL && model->mark == check_epoch)
		m_wrong("%s: the model's set is two", what);
	r->model = model;
	model->mark = check_epoch;
	model->peer = core;
	return (r);
}

static struct record *
bind_port(const char *what, struct ipc_port *core, struct m_port *model)
{
	struct record *r;

	if (core == NULL || core == IPC_PORT_DEAD || !M_VALID(model)) {
		if ((core == NULL) != (model == NULL) ||
		    (core == IPC_PORT_DEAD) != (model == M_DEAD))
			m_wrong(
			    "%s: %p and %p", what, (void *)core, (void *)model);
		return (NULL);
	}
	r = record_of(&core->object);
	if (r->model != NULL && r->model != model)
		m_wrong("%s: another port", what);
	if (r->model == NULL && model->mark == check_epoch)
		m_wrong("%s: the model's port is two", what);
	r->model = model;
	model->mark = check_epoch;
	model->peer = core;
	return (r);
}

void
check_right(const char *what, struct ipc_port *core, uint32_t type,
    struct m_right model)
{
	struct record *r = bind_port(what, core, model.port);

	if (r == NULL)
		return;
	same(what, type, model.type);
	r->refs++;
	if (type == MACH_MSG_TYPE_PORT_SEND)
		r->srights++;
	else if (type == MACH_MSG_TYPE_PORT_SEND_ONCE)
		r->sorights++;
	else
		r->receives++;
}

static void
bind_send_once(const char *what, struct ipc_port *core, struct m_port *model)
{
	struct m_right right = { model, MACH_MSG_TYPE_PORT_SEND_ONCE };

	check_right(what, core, MACH_MSG_TYPE_PORT_SEND_ONCE, right);
}

/*
 * Ports and sets
 */

static void
check_waiters(const char *what, struct ipc_ring *ring, struct m_list *list)
{
	struct ipc_ring *r;
	struct ipc_waiter *waiter;
	struct thread *t;
	int n = 0;

	for (r = ring; r != NULL; r = ipc_ring_next(ring, r), n++) {
		waiter = ITEM(r, struct ipc_waiter, ring);
		if (n == list->n)
			m_wrong("%s: more wait in the core", what);
		t = thread_of(list->item[n]);
		if (t == NULL || &t->core->waiter != waiter)
			m_wrong("%s: others wait", what);
	}
	same(what, n, list->n);
}

/*
 * Which of the model's requests a slot is: names of several spaces may be the
 * same, so whom it tells decides, known or not seen before.
 */
static int
request_like(struct m_port *model, struct ipc_request *slot)
{
	struct m_request *request;
	int at, best = -1, score, most = 0;

	for (at = 0; at < model->requests.n; at++) {
		request = model->requests.item[at];
		if (request->name != slot->name ||
		    (request->notify->peer != NULL &&
			request->notify->peer != slot->notify))
			continue;
		score = 1 + (request->notify->peer != NULL) * 4 +
			(request->armed == slot->armed) +
			(request->possible == slot->possible);
		if (score > most) {
			most = score;
			best = at;
		}
	}
	return (best);
}

static void
check_requests(struct ipc_port *core, struct m_port *model)
{
	struct m_request *request;
	struct ipc_request *slot;
	int i, n = 0, at;

	/* A dead port's have fired; entries still look there. */
	for (i = core->object.dead ? (int)ipc_requests_size(core->requests) : 0;
	     i < (int)ipc_requests_size(core->requests); i++) {
		slot = &core->requests->slot[i];
		if (slot->notify == NULL)
			continue;
		n++;
		at = request_like(model, slot);
		if (at < 0)
			m_wrong("request of %#x: not in the model", slot->name);
		request = model->requests.item[at];
		bind_send_once("request", slot->notify, request->notify);
		same("send-possible", slot->possible, request->possible);
		same("armed", slot->armed, request->armed);
	}
	same("requests", n, model->requests.n);
}

static void
check_sets(struct ipc_port *core, struct m_port *model)
{
	struct ipc_member *member;
	struct ipc_ring *r;
	int n = 0;

	for (r = core->sets; r != NULL; r = ipc_ring_next(core->sets, r)) {
		member = ITEM(r, struct ipc_member, in_port);
		if (n == model->sets.n)
			m_wrong("a port is in more sets");
		bind_set(
		    "a port's set", &member->set->object, model->sets.item[n++])
		    ->refs++;
	}
	same("sets of a port", n, model->sets.n);
}

static void
check_port(struct ipc_port *core, struct m_port *model)
{
	struct ipc_ring *r;
	struct ipc_msg *msg;
	int n = 0;

	same("death of a port", core->object.dead, model->dead);
	same("limit", core->limit, model->limit);
	same("mscount", core->mscount, model->mscount);
	same("sequence", core->seqno, model->seqno);
	if (!model->dead) {
		same("srights", core->srights, model->srights);
		same("sorights", core->sorights, model->sorights);
	}
	same("guarded", (core->flags & IPC_PORT_GUARDED) != 0, model->guarded);
	same("strict", (core->flags & IPC_PORT_STRICT) != 0, model->strict);
	if (!model->dead)
		same("immovable", (core->flags & IPC_PORT_IMMOVABLE) != 0,
		    model->immovable);
	same("guard", (int64_t)core->context, (int64_t)model->context);
	same("receiver's name", core->receiver_name, model->name);
	same("receiver", core->receiver != NULL, model->receiver != NULL);
	bind_send_once("no-senders", core->nsrequest, model->nsrequest);
	bind_send_once("port-destroyed", core->pdrequest, model->pdrequest);
	if (core->destination != NULL) {
		struct record *record;

		record = bind_port("destination of a right", core->destination,
		    model->destination);
		record->refs++;
	}
	same("count", core->count, model->queue.n);
	for (r = core->messages; r != NULL;
	     r = ipc_ring_next(core->messages, r)) {
		msg = ITEM(r, struct ipc_msg, ring);
		if (n == model->queue.n)
			m_wrong("more messages in the core's queue");
		check_reorder((struct m_msg **)&model->queue.item[n], msg);
		check_message("a queued message", msg, model->queue.item[n++]);
	}
	same("messages", n, model->queue.n);
	check_requests(core, model);
	check_sets(core, model);
	check_waiters("senders", core->senders, &model->senders);
	check_waiters("receivers", core->object.receivers, &model->receivers);
}

static void
check_set(struct ipc_set *core, struct m_set *model)
{
	struct ipc_member *member;
	struct ipc_ring *r;
	struct m_port *port = NULL;
	int n = 0, at;

	same("death of a set", core->object.dead, model->dead);
	for (r = core->members; r != NULL;
	     r = ipc_ring_next(core->members, r)) {
		member = ITEM(r, struct ipc_member, in_set);
		record_of(&member->port->object)->refs++;
		n++;
	}
	same("members of a set", n, model->members.n);
	n = 0;
	for (r = core->ready; r != NULL; r = ipc_ring_next(core->ready, r)) {
		member = ITEM(r, struct ipc_member, in_ready);
		for (at = n; at < model->ready.n; at++) {
			port = model->ready.item[at];
			if (port->peer == member->port)
				break;
		}
		if (at == model->ready.n)
			m_wrong("a ready port that is none to the model");
		if (at != n && m_kernel_msgs < 2)
			m_wrong("the order of ready ports differs");
		/* That, too, follows the order of notifications. */
		model->ready.item[at] = model->ready.item[n];
		model->ready.item[n++] = port;
	}
	same("ready ports", n, model->ready.n);
	check_waiters(
	    "set's receivers", core->object.receivers, &model->receivers);
}

/*
 * Tasks and threads
 */

static void
check_entry(
    struct ipc_entry *core, mach_port_name_t name, struct m_entry *model)
{
	mach_port_type_t type = core->type & IPC_TYPE_RIGHTS;
	struct record *r;

	same("type of an entry", (int64_t)type << 16, model->type);
	if (!(type & (IPC_TYPE_RECEIVE | IPC_TYPE_SET)) || type & IPC_TYPE_SEND)
		same("references of an entry", core->urefs, model->urefs);
	(void)name;
	if (type == IPC_TYPE_DEAD_NAME)
		return;
	if (type == IPC_TYPE_SET) {
		bind_set("a set's entry", core->object, model->set)->refs++;
		return;
	}
	r = bind_port("an entry", core->port, model->port);
	r->refs++;
	r->srights += (type & IPC_TYPE_SEND) != 0;
	r->sorights += (type & IPC_TYPE_SEND_ONCE) != 0;
	r->receives += (type & IPC_TYPE_RECEIVE) != 0;
}

/* Dead names show when somebody looks: the model follows the core. */
static void
entry_sync(struct m_space *space, struct ipc_entry *core, struct m_entry *model)
{
	if (core->type & IPC_TYPE_DEAD_NAME && model->port != NULL &&
	    model->port->dead)
		m_show_dead(space, model);
}

/* The other way around: one that the model has looked at, the core not. */
static bool
entry_unseen(struct ipc_entry *core, struct m_entry *model)
{
	struct record *r;

	if (!(core->type & IPC_TYPE_SEND_ANY) ||
	    core->type & IPC_TYPE_RECEIVE || !core->port->object.dead ||
	    !(model->type & MACH_PORT_TYPE_DEAD_NAME))
		return (false);
	if (model->urefs != core->urefs && model->urefs != core->urefs + 1u)
		m_wrong("references of an unseen dead name");
	r = record_of(&core->port->object);
	r->refs++;
	r->srights += (core->type & IPC_TYPE_SEND) != 0;
	r->sorights += (core->type & IPC_TYPE_SEND_ONCE) != 0;
	return (true);
}

/* The core's space that is this one of the model's. */
static struct ipc_space *
space_of(struct m_space *space)
{
	int i;

	for (i = 0; i < TASKS; i++) {
		if (sim_tasks[i].core != NULL &&
		    &sim_tasks[i].model->space == space)
			return (sim_tasks[i].core->space);
	}
	return (NULL);
}

void
sim_sync_entry(struct m_space *space, mach_port_name_t name)
{
	struct m_entry *model = m_find(space, name);
	struct ipc_space *core = space_of(space);
	struct ipc_entry *entry;

	if (model == NULL || core == NULL || !ipc_space_lock(core))
		return;
	entry = ipc_entry_find(core, name);
	if (entry != NULL)
		entry_sync(space, entry, model);
	ipc_space_unlock(core);
}

void
sim_sync_space(struct m_space *space)
{
	struct m_entry *entry;
	int i;

	for (i = 0; i < space->entries.n; i++) {
		entry = space->entries.item[i];
		if (entry->port != NULL && entry->port->dead)
			sim_sync_entry(space, entry->name);
	}
}

static void
check_space(struct task *task)
{
	struct ipc_entry *entry;
	struct m_entry *model;
	mach_port_name_t name;
	uint32_t index = 0;
	int n = 0;

	while ((entry = ipc_entry_each(task->core->space, &index, &name)) !=
	       NULL) {
		model = m_find(&task->model->space, name);
		if (model == NULL)
			m_wrong("%#x is in the core's space only", name);
		entry_sync(&task->model->space, entry, model);
		if (!entry_unseen(entry, model))
			check_entry(entry, name, model);
		n++;
	}
	same("names", n, task->model->space.entries.n);
	same("names used", task->core->space->used, n);
}

void
sim_check_threads(void)
{
	struct thread *t;
	int i, j;

	for (i = 0; i < TASKS; i++) {
		for (j = 0; j < THREADS; j++) {
			t = sim_tasks[i].threads[j];
			if (t == NULL)
				continue;
			same("parked", t->parked, t->model->wait != M_RUNS);
			if (t->parked)
				same("woken", !t->core->waiter.queued,
				    t->model->ready);
		}
	}
}

static void
check_thread(struct thread *t)
{
	struct ipc_waiter *waiter = &t->core->waiter;

	if (waiter->kind == IPC_WAIT_NOTHING) {
		same("a message of none who waits", waiter->msg != NULL, 0);
		return;
	}
	if (waiter->object != NULL)
		record_of(waiter->object)->refs++;
	same("a waiter's message", waiter->msg != NULL, t->model->msg != NULL);
	if (!waiter->queued)
		same("a wait's result", waiter->result, t->model->result);
	if (waiter->msg == NULL && !waiter->queued &&
	    waiter->result == MACH_RCV_TOO_LARGE && m_kernel_msgs > 1) {
		/* Of which notification it was told is of their order. */
		t->model->large_size = waiter->msg_size;
		t->model->large_name = waiter->msg_name;
	}
	if (waiter->msg == NULL)
		return;
	if (t->model->wait == M_RECEIVES) {
		check_reorder(&t->model->msg, waiter->msg);
		if (t->model->msg->kernel &&
		    !check_notice_same(waiter->msg, t->model->msg))
			check_exchange(&t->model->msg, waiter->msg);
		check_adopt(t->model, waiter->msg);
		if (!t->model->task->dead)
			same("seqno of a waiter's", waiter->msg->seqno,
			    t->model->msg->seqno);
	}
	check_message("a waiter's message", waiter->msg, t->model->msg);
}

/* A kernel object's own reference to its port. */
static void
kernel_ref(struct ipc_port *core, struct m_port *model)
{
	if (core != NULL)
		bind_port("kernel port", core, model)->refs++;
}

static void
check_counts(struct record *r)
{
	struct ipc_port *port = (struct ipc_port *)r->core;

	if (!r->core->is_set) {
		if (port->object.kobject_kind == IPC_KO_SEMAPHORE)
			r->refs++;
		same("send rights found", r->srights, port->srights);
		same("send-once rights found", r->sorights, port->sorights);
		if (!port->object.dead &&
		    port->object.kobject_kind == IPC_KO_NONE)
			same("receive rights found", r->receives, 1);
	}
	same(r->core->is_set ? "references to a set" : "references to a port",
	    r->refs, ipc_ref_count(&r->core->refs));
}

void
sim_check(void)
{
	struct task *task;
	struct record *r;
	uint32_t i;
	bool again;
	int j;

	check_epoch++;
	nfound = 0;
	for (i = 0; i < TASKS; i++) {
		task = &sim_tasks[i];
		if (task->core == NULL)
			continue;
		kernel_ref(task->core->port, task->model->port);
		check_space(task);
		for (j = 0; j < THREADS; j++) {
			if (task->threads[j] == NULL)
				continue;
			kernel_ref(task->threads[j]->core->port,
			    task->threads[j]->model->port);
			check_thread(task->threads[j]);
		}
	}
	/*
	 * What is found on the way is looked at, too; what a waiter holds may
	 * be known for what it is only later.
	 */
	do {
		again = false;
		for (i = 0; i < nfound; i++) {
			r = found[i];
			if (r->model == NULL || r->looked)
				continue;
			again = r->looked = true;
			if (r->core->is_set)
				check_set((struct ipc_set *)r->core, r->model);
			else
				check_port(
				    (struct ipc_port *)r->core, r->model);
		}
	} while (again);
	for (i = 0; i < nfound; i++)
		check_counts(found[i]);
	m_sweep(check_epoch);
}
