/* isthmus mach ports: the names of tasks, and what is behind them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mach/mach.h>

#include "base/fail.h"
#include "base/json.h"
#include "base/table.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/mach.h"
#include "cli/mach_seen.h"

#define HOLDERS_SHOWN 3

/* A name of some task, to be found by its object. */
struct holder {
	uint64_t object;
	int pid;
	const mach_seeing_name_t *name;
};

struct holders {
	struct holder *all; /* by object */
	size_t n;
};

static int
holder_compare(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	if (x->object != y->object)
		return (x->object < y->object ? -1 : 1);
	if (x->pid != y->pid)
		return (x->pid < y->pid ? -1 : 1);
	return (x->name->msn_name < y->name->msn_name ? -1 : 1);
}

static bool
holders_create(struct holders *h, const struct seen *seen)
{
	size_t i, j, n = 0;

	for (i = 0; i < seen->n; i++)
		n += seen->tasks[i].nnames;
	h->n = 0;
	h->all = calloc(n == 0 ? 1 : n, sizeof(h->all[0]));
	if (h->all == NULL)
		return (false);
	for (i = 0; i < seen->n; i++) {
		for (j = 0; j < seen->tasks[i].nnames; j++)
			h->all[h->n++] = (struct holder){
				seen->tasks[i].names[j].msn_object,
				seen->tasks[i].task.mst_pid,
				&seen->tasks[i].names[j],
			};
	}
	qsort(h->all, h->n, sizeof(h->all[0]), holder_compare);
	return (true);
}

/* The first with that object. */
static size_t
holders_find(const struct holders *h, uint64_t object)
{
	size_t low = 0, high = h->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (h->all[middle].object < object)
			low = middle + 1;
		else
			high = middle;
	}
	return (low);
}

/*
 * Words
 */

static void
word(struct text *t, const char *s)
{
	if (t->len != 0)
		text_add(t, " ");
	text_add(t, s);
}

struct bit {
	uint32_t bit;
	const char *name;
};
static const struct bit rights[] = {
	{ MACH_PORT_TYPE_RECEIVE, "receive" },
	{ MACH_PORT_TYPE_SEND, "send" },
	{ MACH_PORT_TYPE_SEND_ONCE, "send-once" },
	{ MACH_PORT_TYPE_PORT_SET, "set" },
	{ MACH_PORT_TYPE_DEAD_NAME, "dead" },
	{ 0, NULL },
};
/* What a name waits to hear of, by its type and by the port's flags. */
static const struct bit requests[] = {
	{ MACH_PORT_TYPE_DNREQUEST, "dead-name" },
	{ MACH_PORT_TYPE_SPREQUEST, "send-possible" },
	{ 0, NULL },
};
static const struct bit notifications[] = {
	{ MACH_SEEING_NO_SENDERS, "no-senders" },
	{ MACH_SEEING_PORT_DESTROYED, "port-destroyed" },
	{ 0, NULL },
};
static const struct bit flags[] = {
	{ MACH_SEEING_HIDDEN, "hidden" },
	{ MACH_SEEING_KERNEL, "kernel" },
	{ MACH_SEEING_IN_MESSAGE, "in-message" },
	{ MACH_SEEING_GUARDED, "guarded" },
	{ MACH_SEEING_STRICT, "strict" },
	{ MACH_SEEING_IMMOVABLE, "immovable" },
	{ MACH_SEEING_REPLY, "reply" },
	{ MACH_SEEING_SERVICE, "service" },
	{ MACH_SEEING_CONNECTION, "connection" },
	{ MACH_SEEING_RECEIVING, "receiving" },
	{ MACH_SEEING_SENDING, "sending" },
	{ 0, NULL },
};

static void
words(struct text *t, const struct bit *bits, uint32_t value)
{
	for (; bits->name != NULL; bits++) {
		if (value & bits->bit)
			word(t, bits->name);
	}
}

static const char *
kobject_name(uint32_t kotype)
{
	/* XNU osfmk/kern/ipc_kobject.h */
	switch (kotype) {
	case 1:
		return ("thread");
	case 2:
		return ("task");
	case 3:
		return ("host");
	case 4:
		return ("host-priv");
	case 8:
		return ("timer");
	case 20:
		return ("task-name");
	case 23:
		return ("semaphore");
	case 25:
		return ("clock");
	case 28:
		return ("memory-entry");
	case 34:
		return ("fileport");
	case 44:
		return ("task-inspect");
	case 45:
		return ("task-read");
	default:
		return (NULL);
	}
}

/* Who has rights to the port of a receive right, as far as is seen. */
static void
end_holders(struct text *t, const struct holders *h, int pid,
    const mach_seeing_name_t *name)
{
	const struct holder *p;
	size_t i, n = 0;

	for (i = holders_find(h, name->msn_object);
	     i < h->n && h->all[i].object == name->msn_object; i++) {
		p = &h->all[i];
		if (p->pid == pid && p->name->msn_name == name->msn_name)
			continue;
		if (n++ < HOLDERS_SHOWN) {
			word(t, "<-");
			text_addf(t, " %d:%#x", p->pid, p->name->msn_name);
		}
	}
	if (n > HOLDERS_SHOWN)
		text_addf(t, " and %zu more", n - HOLDERS_SHOWN);
	if (n == 0)
		text_addf(t, "%u send, %u send-once", name->msn_srights,
		    name->msn_sorights);
}

static void
end_members(struct text *t, int pid, const mach_seeing_name_t *name)
{
	mach_port_name_array_t members;
	mach_msg_type_number_t i, n = 0;

	if (mach_seeing_members(pid, name->msn_name, &members, &n) !=
	    KERN_SUCCESS)
		return;
	for (i = 0; i < n && i < HOLDERS_SHOWN; i++)
		text_addf(t, "%s%#x", i == 0 ? "has " : " ", members[i]);
	if (n > HOLDERS_SHOWN)
		text_addf(t, " and %u more", n - HOLDERS_SHOWN);
	if (n != 0)
		(void)vm_deallocate(mach_task_self(), (vm_address_t)members,
		    n * sizeof(members[0]));
}

static void
other_end(struct text *t, const struct holders *h, int pid,
    const mach_seeing_name_t *name)
{
	const char *kobject = kobject_name(name->msn_kotype);

	if (name->msn_type & MACH_PORT_TYPE_PORT_SET)
		end_members(t, pid, name);
	else if (name->msn_type & MACH_PORT_TYPE_RECEIVE)
		end_holders(t, h, pid, name);
	else if (name->msn_flags & MACH_SEEING_KERNEL)
		text_addf(t, "-> kernel");
	else if (name->msn_flags & MACH_SEEING_IN_MESSAGE)
		text_add(t, "-> in a message");
	else if (name->msn_peer_name != MACH_PORT_NULL)
		text_addf(
		    t, "-> %d:%#x", name->msn_peer_pid, name->msn_peer_name);
	else if (name->msn_flags & MACH_SEEING_HIDDEN)
		text_add(t, "-> another user's");
	if (kobject != NULL && name->msn_flags & MACH_SEEING_KERNEL &&
	    name->msn_peer_pid != 0)
		text_addf(t, ": %s of %d", kobject, name->msn_peer_pid);
	else if (kobject != NULL)
		text_addf(t, ": %s", kobject);
}

/*
 * The answers
 */

static void
name_row(struct table *table, const struct holders *h, int pid,
    const mach_seeing_name_t *name)
{
	struct text t = { 0 };
	bool known = name->msn_type &
		     (MACH_PORT_TYPE_SEND_RIGHTS | MACH_PORT_TYPE_RECEIVE);
	bool full;

	table_row(table);
	table_cellf(table, TONE_BOLD, "%#x", name->msn_name);
	words(&t, rights, name->msn_type);
	table_cell(table, TONE_PLAIN, text_string(&t));
	table_cellf(table, TONE_PLAIN, "%u", name->msn_urefs);
	if (name->msn_object == 0)
		table_cell(table, TONE_DIM, "-");
	else
		table_cellf(table, TONE_DIM, "%016llx",
		    (unsigned long long)name->msn_object);
	if (!known || name->msn_flags & (MACH_SEEING_HIDDEN))
		table_cell(table, TONE_DIM, "-");
	else {
		full = name->msn_queued >= name->msn_limit;
		table_cellf(table, full ? TONE_WARN : TONE_PLAIN, "%u/%u",
		    name->msn_queued, name->msn_limit);
	}
	text_clear(&t);
	other_end(&t, h, pid, name);
	table_cell(table, TONE_PLAIN, text_string(&t));
	text_clear(&t);
	words(&t, requests, name->msn_type);
	words(&t, notifications, name->msn_flags);
	table_cell(table, TONE_PLAIN, text_string(&t));
	text_clear(&t);
	/* What the other end says already is left out. */
	words(&t, flags,
	    name->msn_flags &
		~(uint32_t)(MACH_SEEING_HIDDEN | MACH_SEEING_KERNEL |
			    MACH_SEEING_IN_MESSAGE));
	table_cell(table, TONE_DIM, text_string(&t));
	text_clear(&t);
}

static bool
task_table(FILE *out, const struct seen_task *task, const struct holders *h)
{
	static const char *const headings[] = { "NAME", "RIGHTS", "UREFS",
		"OBJECT", "QUEUE", "OTHER END", "ARMED", "FLAGS", NULL };
	struct table *table = table_create(headings);
	size_t i;
	bool ok;

	if (table == NULL)
		return (false);
	fprintf(out, "process %d, uid %u: %zu name%s, %u thread%s, ",
	    task->task.mst_pid, task->task.mst_euid, task->nnames,
	    task->nnames == 1 ? "" : "s", task->task.mst_threads,
	    task->task.mst_threads == 1 ? "" : "s");
	fprintf(out, "%llu byte%s queued\n",
	    (unsigned long long)task->task.mst_queued_bytes,
	    task->task.mst_queued_bytes == 1 ? "" : "s");
	for (i = 0; i < task->nnames; i++)
		name_row(table, h, task->task.mst_pid, &task->names[i]);
	ok = task->nnames == 0 || table_render(table, out);
	table_destroy(table);
	return (ok);
}

static json_t *
json_words(const struct bit *a, uint32_t x, const struct bit *b, uint32_t y)
{
	json_t *list = json_array();

	for (; a->name != NULL; a++) {
		if (x & a->bit)
			json_array_append_new(list, json_string(a->name));
	}
	for (; b != NULL && b->name != NULL; b++) {
		if (y & b->bit)
			json_array_append_new(list, json_string(b->name));
	}
	return (list);
}

static json_t *
json_members(int pid, const mach_seeing_name_t *name)
{
	mach_port_name_array_t members;
	mach_msg_type_number_t i, n = 0;
	json_t *list = json_array();

	if (!(name->msn_type & MACH_PORT_TYPE_PORT_SET) ||
	    mach_seeing_members(pid, name->msn_name, &members, &n) !=
		KERN_SUCCESS)
		return (list);
	for (i = 0; i < n; i++)
		json_array_append_new(list, json_integer(members[i]));
	if (n != 0)
		(void)vm_deallocate(mach_task_self(), (vm_address_t)members,
		    n * sizeof(members[0]));
	return (list);
}

static json_t *
json_name(int pid, const mach_seeing_name_t *name)
{
	const char *kobject = kobject_name(name->msn_kotype);
	char object[24];
	json_t *o;

	snprintf(object, sizeof(object), "%016llx",
	    (unsigned long long)name->msn_object);
	o = json_pack("{sI so sI ss* ss* sI sI so so so}", "name",
	    (json_int_t)name->msn_name, "rights",
	    json_words(rights, name->msn_type, NULL, 0), "urefs",
	    (json_int_t)name->msn_urefs, "object",
	    name->msn_object == 0 ? NULL : object, "kernel_object", kobject,
	    "peer_pid", (json_int_t)name->msn_peer_pid, "peer_name",
	    (json_int_t)name->msn_peer_name, "flags",
	    json_words(flags, name->msn_flags, NULL, 0), "armed",
	    json_words(
		requests, name->msn_type, notifications, name->msn_flags),
	    "members", json_members(pid, name));
	if (o == NULL || name->msn_flags & MACH_SEEING_HIDDEN ||
	    !(name->msn_type &
		(MACH_PORT_TYPE_SEND_RIGHTS | MACH_PORT_TYPE_RECEIVE)))
		return (o);
	/* What is not to be seen has no number, and not 0. */
	json_object_set_new(o, "queued", json_integer(name->msn_queued));
	json_object_set_new(o, "queued_bytes",
	    json_integer((json_int_t)name->msn_queued_bytes));
	json_object_set_new(o, "limit", json_integer(name->msn_limit));
	json_object_set_new(o, "seqno", json_integer(name->msn_seqno));
	json_object_set_new(o, "mscount", json_integer(name->msn_mscount));
	json_object_set_new(o, "srights", json_integer(name->msn_srights));
	json_object_set_new(o, "sorights", json_integer(name->msn_sorights));
	json_object_set_new(o, "sets", json_integer(name->msn_members));
	return (o);
}

static json_t *
json_task(const struct seen_task *task)
{
	const mach_seeing_task_t *t = &task->task;
	json_t *names = json_array();
	size_t i;

	for (i = 0; i < task->nnames; i++)
		json_array_append_new(
		    names, json_name(t->mst_pid, &task->names[i]));
	return (json_pack("{sI sI sI sI sI sI so}", "pid",
	    (json_int_t)t->mst_pid, "euid", (json_int_t)t->mst_euid, "names",
	    (json_int_t)task->nnames, "names_limit",
	    (json_int_t)t->mst_names_limit, "threads",
	    (json_int_t)t->mst_threads, "queued_bytes",
	    (json_int_t)t->mst_queued_bytes, "ports", names));
}

bool
mach_ports(FILE *out, const int *pids, size_t n, bool as_json, struct error *e)
{
	struct holders holders = { NULL, 0 };
	const struct seen_task *task;
	json_t *root, *list = json_array();
	struct seen seen;
	bool ok;
	size_t i;

	ok = seen_read(&seen, SEEN_NAMES, e);
	if (ok && !holders_create(&holders, &seen))
		ok = fail(e, ENOMEM, "read the tasks", NULL, NULL);
	for (i = 0; ok && i < (n == 0 ? seen.n : n); i++) {
		task = n == 0 ? &seen.tasks[i] : seen_find(&seen, pids[i]);
		if (task == NULL) {
			char pid[16];

			snprintf(pid, sizeof(pid), "%d", pids[i]);
			ok = fail(e, ESRCH, "find process", pid,
			    "no process of this host that uses Mach and that "
			    "you may see");
		} else if (as_json) {
			json_array_append_new(list, json_task(task));
		} else {
			if (i > 0)
				fputc('\n', out);
			if (!task_table(out, task, &holders))
				ok = fail(
				    e, errno, "write the table", NULL, NULL);
		}
	}
	root = json_pack(
	    "{ss sO}", "format", "isthmus-mach-ports-1", "tasks", list);
	if (ok && as_json)
		ok = json_write(root, out, e);
	json_decref(root);
	json_decref(list);
	free(holders.all);
	seen_clear(&seen);
	return (ok);
}

static const struct option options[] = {
	{ "--json", NULL, "one JSON object" },
	{ NULL, NULL, NULL },
};

static int
run(const struct arguments *a, struct error *e)
{
	const char **operands;
	int *pids, status = STATUS_OK;
	size_t i, n;
	char *end;
	long pid;

	operands = arguments_list(a, NULL, &n);
	pids = calloc(n + 1, sizeof(*pids));
	if (operands == NULL || pids == NULL) {
		fail(e, ENOMEM, "read the command line", NULL, NULL);
		status = STATUS_HOST;
	}
	for (i = 0; status == STATUS_OK && i < n; i++) {
		pid = strtol(operands[i], &end, 10);
		if (*end != '\0' || pid <= 0 || pid > INT32_MAX) {
			fail(e, 0, "show ports", operands[i],
			    "no number of a process");
			status = STATUS_USAGE;
		}
		pids[i] = (int)pid;
	}
	machd_tell();
	if (status == STATUS_OK &&
	    (!seen_allowed("show ports", e) ||
		!mach_ports(stdout, pids, n, arguments_has(a, "--json"), e)))
		status = STATUS_HOST;
	free(pids);
	free(operands);
	return (status);
}

const struct command command_mach_ports = {
	.name = "mach ports",
	.summary = "the names of processes, and what is behind them",
	.operands = "[PID...]",
	.details =
	    "A line a name: its rights, user references, port, messages that\n"
	    "wait and how many may, who has the other end (process:name; -> the\n"
	    "receiver, <- who has rights to it), and the notifications that\n"
	    "somebody asked for.  A port has the same number in all processes.\n"
	    "root sees all of this host, others their own processes.",
	.options = options,
	.run = run,
};
