/* isthmus mach audit: how often sources call what traps.def has. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "cli/command.h"
#include "cli/mach_audit.h"

#define TRAPS_BELOW 128 /* the others are ids of messages, but for */
#define OWN 9000	/* Isthmus' own, up to 9999 */
#define OWN_END 10000

struct row {
	int number;
	const char *name, *status;
};

#define TRAP(number, name, args, handler) { number, #name, "core" },
#define HOST(number, name, args) { number, #name, "host" },
#define NONE(number, name, args) { number, #name, "refused" },
static const struct row rows[] = {
#include "mach/traps.def"
};
#define NROWS (sizeof(rows) / sizeof(rows[0]))

/* Functions whose trap or routine has another name. */
static const struct {
	const char *name, *of;
} others[] = {
	{ "mach_task_self", "task_self_trap" },
	{ "mach_thread_self", "thread_self_trap" },
	{ "mach_host_self", "host_self_trap" },
	{ "mach_msg_send", "mach_msg_trap" },
	{ "mach_msg_receive", "mach_msg_trap" },
	{ "mach_msg_server", "mach_msg_trap" },
	{ "mach_msg_server_once", "mach_msg_trap" },
	{ "mach_timebase_info", "mach_timebase_info_trap" },
	{ "thread_switch", "syscall_thread_switch" },
	{ "task_get_bootstrap_port", "task_get_special_port" },
	{ "task_set_bootstrap_port", "task_set_special_port" },
	{ "vm_allocate", "_kernelrpc_mach_vm_allocate_trap" },
	{ "vm_deallocate", "_kernelrpc_mach_vm_deallocate_trap" },
	{ "vm_protect", "_kernelrpc_mach_vm_protect_trap" },
	{ "vm_map", "_kernelrpc_mach_vm_map_trap" },
};
#define NOTHERS (sizeof(others) / sizeof(others[0]))

/* What programs call a row: "mach_msg" of mach_msg_trap. */
static void
user_name(char *to, size_t size, const char *name)
{
	static const char before[] = "_kernelrpc_", after[] = "_trap";
	size_t n;

	if (strncmp(name, before, sizeof(before) - 1) == 0)
		name += sizeof(before) - 1;
	n = strlen(name);
	if (n > sizeof(after) - 1 &&
	    strcmp(name + n - (sizeof(after) - 1), after) == 0 &&
	    strstr(name, "_self_trap") == NULL)
		n -= sizeof(after) - 1;
	if (n >= size)
		n = size - 1;
	memcpy(to, name, n);
	to[n] = '\0';
}

static struct audit_call *
call_find(struct audit_calls *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->ncalls; i++) {
		if (strcmp(c->calls[i].name, name) == 0)
			return (&c->calls[i]);
	}
	return (NULL);
}

/* A row of that name: a trap and a routine may be one call. */
static void
call_add(struct audit_calls *c, const char *name, const struct row *row)
{
	struct audit_call *call = call_find(c, name);

	if (call == NULL) {
		call = &c->calls[c->ncalls++];
		user_name(call->name, sizeof(call->name), name);
	}
	if (row->number < TRAPS_BELOW)
		call->trap = row->number;
	else if (row->number < OWN || row->number >= OWN_END)
		call->message = row->number;
	else
		call->bsd = true;
	/* What one of its rows gives, the call does. */
	if (call->status == NULL || strcmp(call->status, "refused") == 0)
		call->status = row->status;
}

static void
calls_list(struct audit_calls *c)
{
	char name[sizeof(c->calls[0].name)];
	size_t i, k;

	for (i = 0; i < NROWS; i++) {
		user_name(name, sizeof(name), rows[i].name);
		call_add(c, name, &rows[i]);
		for (k = 0; k < NOTHERS; k++) {
			if (strcmp(others[k].of, rows[i].name) == 0)
				call_add(c, others[k].name, &rows[i]);
		}
	}
}

static bool
tree_scan(struct audit_calls *c, size_t tree, const char *const *names,
    struct error *e)
{
	const char *const paths[] = { c->trees[tree], NULL };
	const struct isth_scan_options o = { .paths = paths,
		.functions = names };
	struct isth_scan *scan = isth_scan_run(&o, e);
	struct audit_call *call;
	size_t i;

	if (scan == NULL)
		return (false);
	for (i = 0; i < scan->nsymbols; i++) {
		call = call_find(c, scan->symbols[i].name);
		if (call == NULL)
			continue;
		call->counts[tree] += scan->symbols[i].nsites;
		call->total += scan->symbols[i].nsites;
	}
	isth_scan_destroy(scan);
	return (true);
}

static int
more_often(const void *a, const void *b)
{
	const struct audit_call *x = a, *y = b;

	if (x->total != y->total)
		return (x->total > y->total ? -1 : 1);
	return (strcmp(x->name, y->name));
}

bool
audit_calls_read(
    struct audit_calls *c, const char *const *trees, struct error *e)
{
	const char **names;
	bool ok = true;
	size_t i;

	*c = (struct audit_calls){ .trees = trees };
	while (trees[c->ntrees] != NULL)
		c->ntrees++;
	c->calls = calloc(NROWS + NOTHERS, sizeof(*c->calls));
	names = calloc(NROWS + NOTHERS + 1, sizeof(*names));
	if (c->calls == NULL || names == NULL) {
		free(names);
		return (fail(e, ENOMEM, "scan", NULL, NULL));
	}
	calls_list(c);
	for (i = 0; ok && i < c->ncalls; i++) {
		names[i] = c->calls[i].name;
		c->calls[i].counts = calloc(c->ntrees, sizeof(size_t));
		ok = c->calls[i].counts != NULL ||
		     fail(e, ENOMEM, "scan", NULL, NULL);
	}
	for (i = 0; ok && i < c->ntrees; i++)
		ok = tree_scan(c, i, names, e);
	free(names);
	if (!ok)
		return (false);
	qsort(c->calls, c->ncalls, sizeof(*c->calls), more_often);
	return (true);
}

void
audit_calls_clear(struct audit_calls *c)
{
	size_t i;

	for (i = 0; i < c->ncalls; i++)
		free(c->calls[i].counts);
	free(c->calls);
	*c = (struct audit_calls){ 0 };
}

const char *
audit_call_way(const struct audit_call *call)
{
	if (call->trap != 0)
		return (call->message != 0 ? "trap, message" : "trap");
	return (call->bsd ? "system call" : "message");
}
