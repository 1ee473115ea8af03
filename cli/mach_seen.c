/* Reading what a host tells of its tasks. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <mach/mach.h>

#include "base/fail.h"
#include "cli/mach_seen.h"

/*
 * An array of ours with an out-of-line one behind it, which is given back.
 * NULL, and the old one is as it was, without memory.
 */
static void *
append(void *old, size_t *n, const void *more, size_t nmore, size_t size)
{
	char *grown;

	grown = realloc(old, (*n + nmore + 1) * size);
	if (grown != NULL && nmore != 0) {
		memcpy(grown + *n * size, more, nmore * size);
		*n += nmore;
	}
	if (nmore != 0)
		(void)vm_deallocate(
		    mach_task_self(), (vm_address_t)more, nmore * size);
	return (grown);
}

static bool
no_memory(struct error *e)
{
	return (fail(e, ENOMEM, "read the tasks", NULL, NULL));
}

static bool
read_names(struct seen_task *t, struct error *e)
{
	mach_seeing_name_t *names = NULL, *all;
	mach_port_name_t after = MACH_PORT_NULL;
	mach_msg_type_number_t n;

	do {
		n = 0;
		if (mach_seeing_names(t->task.mst_pid, after, &names, &n) !=
		    KERN_SUCCESS)
			return (true); /* it has ended */
		if (n != 0)
			after = names[n - 1].msn_name;
		all = append(t->names, &t->nnames, names, n, sizeof(*names));
		if (all == NULL)
			return (no_memory(e));
		t->names = all;
	} while (n != 0);
	return (true);
}

static bool
read_traps(struct seen_task *t, struct error *e)
{
	mach_seeing_trap_t *traps = NULL, *all;
	mach_msg_type_number_t n = 0;

	if (mach_seeing_traps(t->task.mst_pid, &traps, &n) != KERN_SUCCESS)
		return (true);
	all = append(t->traps, &t->ntraps, traps, n, sizeof(*traps));
	if (all == NULL)
		return (no_memory(e));
	t->traps = all;
	return (true);
}

static bool
read_tasks(struct seen *seen, struct error *e)
{
	mach_seeing_task_t *tasks = NULL, *all = NULL, *more;
	mach_msg_type_number_t n;
	uint64_t after = 0;
	kern_return_t kr;
	size_t i, total = 0;

	do {
		n = 0;
		kr = mach_seeing_tasks(after, &tasks, &n);
		if (kr != KERN_SUCCESS) {
			free(all);
			return (fail(e, 0, "read the tasks", NULL, "%s",
			    mach_error_string(kr)));
		}
		if (n != 0)
			after = tasks[n - 1].mst_id;
		more = append(all, &total, tasks, n, sizeof(*tasks));
		if (more == NULL) {
			free(all);
			return (no_memory(e));
		}
		all = more;
	} while (n != 0);
	seen->tasks = calloc(total == 0 ? 1 : total, sizeof(seen->tasks[0]));
	if (seen->tasks == NULL) {
		free(all);
		return (no_memory(e));
	}
	for (i = 0; i < total; i++)
		seen->tasks[i].task = all[i];
	seen->n = total;
	free(all);
	return (true);
}

bool
seen_read(struct seen *seen, unsigned int what, struct error *e)
{
	size_t i;

	*seen = (struct seen){ 0 };
	if (!read_tasks(seen, e))
		return (false);
	for (i = 0; i < seen->n; i++) {
		if ((what & SEEN_NAMES && !read_names(&seen->tasks[i], e)) ||
		    (what & SEEN_TRAPS && !read_traps(&seen->tasks[i], e)))
			return (false);
	}
	return (true);
}

void
seen_clear(struct seen *seen)
{
	size_t i;

	for (i = 0; i < seen->n; i++) {
		free(seen->tasks[i].names);
		free(seen->tasks[i].traps);
	}
	free(seen->tasks);
	*seen = (struct seen){ 0 };
}

const struct seen_task *
seen_find(const struct seen *seen, int pid)
{
	size_t i;

	/* The youngest of that number. */
	for (i = seen->n; i > 0; i--) {
		if (seen->tasks[i - 1].task.mst_pid == pid)
			return (&seen->tasks[i - 1]);
	}
	return (NULL);
}

bool
seen_allowed(const char *step, struct error *e)
{
	if (!mach_seeing_embedded())
		return (true);
	fail(e, 0, step, NULL,
	    "this process has its Mach in itself: there is no other task");
	return (fail_hint(e, "where mach.ko is loaded, or with machd"));
}
