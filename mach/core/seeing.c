/*
 * <isthmus/mach_seeing.h>: a host's tasks, and what they did.  Their names
 * are in seeing_names.c.
 */
#include <isthmus/mach_seeing.h>

#include "mach/core/handlers.h"
#include "mach/core/ipc.h"
#include "mach/core/seeing.h"

#define TASK(r) IPC_RING_ITEM(r, struct ipc_task, ring)
#define TASKS_PAGE 256u /* of one call, or at a time */

bool
ipc_may_see(struct ipc_task *viewer, struct ipc_task *task)
{
	uint32_t euid = ipc_load_acquire(&viewer->euid);

	if (task == viewer)
		return (true);
	return (task->host == viewer->host &&
		(euid == 0 || euid == ipc_load_acquire(&task->euid)));
}

/* One round of SipHash (Aumasson and Bernstein, 2012). */
static void
sip_round(uint64_t v[4])
{
#define ROTATE(x, n) ((x) << (n) | (x) >> (64 - (n)))
	v[0] += v[1];
	v[2] += v[3];
	v[1] = ROTATE(v[1], 13) ^ v[0];
	v[3] = ROTATE(v[3], 16) ^ v[2];
	v[0] = ROTATE(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = ROTATE(v[1], 17) ^ v[2];
	v[3] = ROTATE(v[3], 21) ^ v[0];
	v[2] = ROTATE(v[2], 32);
#undef ROTATE
}

/* SipHash-2-4 of the eight bytes of an address, with the host's key. */
uint64_t
ipc_object_id(const struct ipc_host *host, const struct ipc_object *object)
{
	uint64_t block[2] = { (uintptr_t)object, UINT64_C(8) << 56 }, id;
	uint64_t v[4] = {
		host->key[0] ^ UINT64_C(0x736f6d6570736575),
		host->key[1] ^ UINT64_C(0x646f72616e646f6d),
		host->key[0] ^ UINT64_C(0x6c7967656e657261),
		host->key[1] ^ UINT64_C(0x7465646279746573),
	};
	int i;

	for (i = 0; i < 2; i++) {
		v[3] ^= block[i];
		sip_round(v);
		sip_round(v);
		v[0] ^= block[i];
	}
	v[2] ^= 0xff;
	for (i = 0; i < 4; i++)
		sip_round(v);
	id = v[0] ^ v[1] ^ v[2] ^ v[3];
	return (id == 0 ? 1 : id);
}

struct ipc_task *
ipc_task_find_pid(struct ipc_task *viewer, uint32_t pid)
{
	struct ipc_host *host = viewer->host;
	struct ipc_task *found = NULL;
	struct ipc_ring *r;

	if (pid == 0)
		return (ipc_task_ref(viewer));
	ipc_mutex_lock(&host->lock);
	for (r = host->tasks; r != NULL; r = ipc_ring_next(host->tasks, r)) {
		if (ipc_load_acquire(&TASK(r)->pid) == pid &&
		    ipc_may_see(viewer, TASK(r)))
			found = TASK(r);
	}
	if (found != NULL)
		ipc_task_ref(found);
	ipc_mutex_unlock(&host->lock);
	return (found);
}

uint32_t
ipc_host_tasks(struct ipc_host *host, struct ipc_task *viewer, uint64_t after,
    struct ipc_task **tasks, uint32_t n)
{
	struct ipc_ring *r;
	uint32_t i = 0;

	ipc_mutex_lock(&host->lock);
	for (r = host->tasks; r != NULL && i < n;
	     r = ipc_ring_next(host->tasks, r)) {
		if (TASK(r)->id > after &&
		    (viewer == NULL || ipc_may_see(viewer, TASK(r))))
			tasks[i++] = ipc_task_ref(TASK(r));
	}
	ipc_mutex_unlock(&host->lock);
	return (i);
}

/* What a task and its threads did is added. */
static void
task_sum(struct ipc_task *task, struct ipc_sums *sums)
{
	struct ipc_ring *r;

	ipc_mutex_lock(&task->lock);
	ipc_sums_fold(sums, &task->sums);
	ipc_add(&sums->ports_made, ipc_load_acquire(&task->space->ports_made));
	ipc_add(
	    &sums->ports_ended, ipc_load_acquire(&task->space->ports_ended));
	for (r = task->threads; r != NULL; r = ipc_ring_next(task->threads, r))
		ipc_counts_fold(
		    sums, &IPC_RING_ITEM(r, struct ipc_thread, ring)->counts);
	ipc_mutex_unlock(&task->lock);
}

/*
 * What the tasks of a host did is added; how many there are.  False without
 * memory.
 */
static bool
host_sum(struct ipc_host *host, struct ipc_sums *sums, uint64_t *ntasks)
{
	const size_t size = TASKS_PAGE * sizeof(struct ipc_task *);
	struct ipc_task **tasks;
	uint64_t after = 0;
	uint32_t i, n;

	tasks = ipc_mem_alloc(IPC_MEM_TASK, size, 0);
	if (tasks == NULL)
		return (false);
	*ntasks = 0;
	ipc_sums_fold(sums, &host->sums);
	do {
		n = ipc_host_tasks(host, NULL, after, tasks, TASKS_PAGE);
		for (i = 0; i < n; i++) {
			task_sum(tasks[i], sums);
			after = tasks[i]->id;
			ipc_task_unref(tasks[i]);
		}
		*ntasks += n;
	} while (n == TASKS_PAGE);
	ipc_mem_free(IPC_MEM_TASK, tasks, size);
	return (true);
}

static void
calls_of(const struct ipc_sums *sums, uint64_t *calls, uint64_t *errors)
{
	size_t i;

	*calls = *errors = 0;
	for (i = 0; i < IPC_TRAP_ROWS; i++) {
		*calls += sums->trap[i].calls;
		*errors += sums->trap[i].errors;
	}
}

/* `sums` is the call's memory for it, of any content. */
static void
task_fill(struct ipc_task *task, struct ipc_sums *sums, mach_seeing_task_t *out)
{
	struct ipc_ring *r;

	memset(sums, 0, sizeof(*sums));
	task_sum(task, sums);
	out->mst_id = task->id;
	out->mst_queued_bytes = ipc_load_acquire(&task->account->bytes);
	calls_of(sums, &out->mst_calls, &out->mst_errors);
	out->mst_sent = sums->sent;
	out->mst_received = sums->received;
	out->mst_copied = sums->copied;
	out->mst_pid = (int32_t)ipc_load_acquire(&task->pid);
	out->mst_euid = ipc_load_acquire(&task->euid);
	ipc_mutex_lock(&task->lock);
	for (r = task->threads; r != NULL;
	     r = ipc_ring_next(task->threads, r)) {
		out->mst_threads++;
		if (ipc_load_acquire(&IPC_RING_ITEM(r, struct ipc_thread, ring)
					  ->waiter.queued))
			out->mst_parked++;
	}
	ipc_mutex_unlock(&task->lock);
	if (ipc_space_lock(task->space)) {
		out->mst_names = task->space->used;
		out->mst_names_limit = task->space->limit;
		ipc_space_unlock(task->space);
	}
}

/* (after, **tasks, *count) */
kern_return_t
ipc_do_seeing_tasks(struct ipc_call *call)
{
	const size_t size = TASKS_PAGE * sizeof(struct ipc_task *);
	struct ipc_task *self = call->thread->task, **tasks;
	mach_seeing_task_t *rows;
	struct ipc_sums *sums;
	uint32_t i, n;

	rows = ipc_array_make(&call->arg[1], TASKS_PAGE, sizeof(*rows));
	tasks = ipc_mem_alloc(IPC_MEM_TASK, size, 0);
	sums = ipc_mem_alloc(IPC_MEM_TASK, sizeof(*sums), 0);
	if (rows == NULL || tasks == NULL || sums == NULL) {
		ipc_mem_free(IPC_MEM_TASK, sums, sizeof(*sums));
		ipc_mem_free(IPC_MEM_TASK, tasks, size);
		return (KERN_RESOURCE_SHORTAGE);
	}
	n = ipc_host_tasks(self->host, self, call->raw[0], tasks, TASKS_PAGE);
	for (i = 0; i < n; i++) {
		task_fill(tasks[i], sums, &rows[i]);
		ipc_task_unref(tasks[i]);
	}
	call->arg[1].count = n;
	ipc_mem_free(IPC_MEM_TASK, sums, sizeof(*sums));
	ipc_mem_free(IPC_MEM_TASK, tasks, size);
	return (KERN_SUCCESS);
}

/* (pid, **traps, *count) */
kern_return_t
ipc_do_seeing_traps(struct ipc_call *call)
{
	int32_t pid = (int32_t)call->raw[0];
	kern_return_t kr = KERN_SUCCESS;
	mach_seeing_trap_t *rows;
	struct ipc_task *task;
	struct ipc_sums *sums;
	uint64_t ntasks;
	uint32_t n = 0;
	size_t i;

	rows = ipc_array_make(&call->arg[1], IPC_TRAP_ROWS, sizeof(*rows));
	sums = ipc_mem_alloc(IPC_MEM_TASK, sizeof(*sums), IPC_ZERO);
	if (rows == NULL || sums == NULL) {
		kr = KERN_RESOURCE_SHORTAGE;
	} else if (pid == MACH_SEEING_ALL) {
		if (!host_sum(call->thread->task->host, sums, &ntasks))
			kr = KERN_RESOURCE_SHORTAGE;
	} else {
		task = ipc_task_find_pid(call->thread->task, (uint32_t)pid);
		if (task != NULL) {
			task_sum(task, sums);
			ipc_task_unref(task);
		} else {
			kr = KERN_INVALID_ARGUMENT;
		}
	}
	for (i = 0; i < IPC_TRAP_ROWS && kr == KERN_SUCCESS; i++) {
		if (sums->trap[i].calls == 0)
			continue;
		rows[n].msp_number = ipc_trap_at(i)->number;
		rows[n].msp_calls = sums->trap[i].calls;
		rows[n++].msp_errors = sums->trap[i].errors;
	}
	call->arg[1].count = n;
	ipc_mem_free(IPC_MEM_TASK, sums, sizeof(*sums));
	return (kr);
}

/* (*totals) */
kern_return_t
ipc_do_seeing_totals(struct ipc_call *call)
{
	mach_seeing_totals_t totals;
	struct ipc_sums *sums;
	bool ok;

	memset(&totals, 0, sizeof(totals));
	sums = ipc_mem_alloc(IPC_MEM_TASK, sizeof(*sums), IPC_ZERO);
	if (sums == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	ok = host_sum(call->thread->task->host, sums, &totals.mso_tasks);
	calls_of(sums, &totals.mso_calls, &totals.mso_errors);
	totals.mso_sent = sums->sent;
	totals.mso_received = sums->received;
	totals.mso_copied = sums->copied;
	totals.mso_ports_made = sums->ports_made;
	totals.mso_ports_ended = sums->ports_ended;
	ipc_mem_free(IPC_MEM_TASK, sums, sizeof(*sums));
	memcpy(call->arg[0].v.data, &totals, sizeof(totals));
	return (ok ? KERN_SUCCESS : KERN_RESOURCE_SHORTAGE);
}
