/*
 * Tasks: what a process is to Mach: a space, ports that stand for it, and the
 * special ports that its children inherit.
 */
#include <mach/mig_errors.h>

#include "mach/core/ipc.h"
#include "mach/core/kobject.h"
#include "mach/core/message.h"
#include "mach/core/semaphore.h"

/*
 * Credentials and accounts
 */

void
ipc_task_set_credentials(struct ipc_task *task, const struct ipc_credentials *c)
{
	security_token_t security = { { c->euid, c->egid } };
	audit_token_t audit = { { c->auid, c->euid, c->egid, c->ruid, c->rgid,
	    c->pid, c->asid, c->pidversion } };

	ipc_mutex_lock(&task->lock);
	/* Its own traps read them without the lock: who stays is not written. */
	if (memcmp(&task->security, &security, sizeof(security)) != 0 ||
	    memcmp(&task->audit, &audit, sizeof(audit)) != 0) {
		task->security = security;
		task->audit = audit;
		ipc_store_release(&task->pid, c->pid);
		ipc_store_release(&task->euid, c->euid);
	}
	ipc_mutex_unlock(&task->lock);
}

bool
ipc_account_charge(struct ipc_account *account, uint64_t size)
{
	struct ipc_account *a;

	for (a = account; a != NULL; a = a->parent) {
		if (ipc_add(&a->bytes, size) + size <= a->bytes_limit)
			continue;
		/* Back out, up to and with the one that is full. */
		for (;; account = account->parent) {
			ipc_add(&account->bytes, -size);
			if (account == a)
				return (false);
		}
	}
	return (true);
}

void
ipc_account_charge_must(struct ipc_account *account, uint64_t size)
{
	for (; account != NULL; account = account->parent)
		ipc_add(&account->bytes, size);
}

bool
ipc_account_has_room(const struct ipc_account *account, uint64_t size)
{
	for (; account != NULL; account = account->parent) {
		if (ipc_load_acquire(&account->bytes) + size >
		    account->bytes_limit)
			return (false);
	}
	return (true);
}

void
ipc_account_credit(struct ipc_account *account, uint64_t size)
{
	for (; account != NULL; account = account->parent)
		ipc_add(&account->bytes, -size);
}

bool
ipc_account_take_names(struct ipc_account *account, uint32_t n)
{
	account = account->parent;
	if (ipc_add(&account->names, n) + n <= account->names_limit)
		return (true);
	ipc_add(&account->names, -(uint64_t)n);
	return (false);
}

void
ipc_account_give_names(struct ipc_account *account, uint32_t n)
{
	ipc_add(&account->parent->names, -(uint64_t)n);
}

void
ipc_account_unref(struct ipc_account *account)
{
	struct ipc_account *parent;
	struct ipc_host *host;
	bool last;

	while (account != NULL) {
		parent = account->parent;
		host = account->host;
		if (host != NULL) {
			/* Found by uid: the list must not show a dead one. */
			ipc_mutex_lock(&host->accounts_lock);
			last = ipc_ref_put(&account->refs);
			if (last)
				ipc_ring_remove(
				    &host->accounts, &account->ring);
			ipc_mutex_unlock(&host->accounts_lock);
		} else {
			last = ipc_ref_put(&account->refs);
		}
		if (!last)
			return;
		IPC_ASSERT(account->bytes == 0 && account->names == 0);
		ipc_mem_free(IPC_MEM_TASK, account, sizeof(*account));
		if (host != NULL)
			ipc_host_unref(host);
		account = parent;
	}
}

/* The account of a uid, referenced; NULL without memory. */
static struct ipc_account *
account_of_uid(struct ipc_host *host, uint32_t uid)
{
	struct ipc_account *account, *new;
	struct ipc_ring *r;

	new = ipc_mem_alloc(IPC_MEM_TASK, sizeof(*new), IPC_ZERO);
	if (new == NULL)
		return (NULL);
	ipc_ref_init(&new->refs);
	new->uid = uid;
	new->bytes_limit = host->limits.uid_bytes;
	new->names_limit = host->limits.uid_names;
	ipc_mutex_lock(&host->accounts_lock);
	for (r = host->accounts; r != NULL;
	     r = ipc_ring_next(host->accounts, r)) {
		account = IPC_RING_ITEM(r, struct ipc_account, ring);
		if (account->uid != uid)
			continue;
		ipc_account_ref(account);
		ipc_mutex_unlock(&host->accounts_lock);
		ipc_mem_free(IPC_MEM_TASK, new, sizeof(*new));
		return (account);
	}
	ipc_ref_get(&host->refs);
	new->host = host;
	ipc_ring_append(&host->accounts, &new->ring);
	ipc_mutex_unlock(&host->accounts_lock);
	return (new);
}

static struct ipc_account *
account_create(struct ipc_host *host, uint32_t uid)
{
	struct ipc_account *account;

	account = ipc_mem_alloc(IPC_MEM_TASK, sizeof(*account), IPC_ZERO);
	if (account == NULL)
		return (NULL);
	ipc_ref_init(&account->refs);
	account->uid = uid;
	account->bytes_limit = host->limits.task_bytes;
	account->parent = account_of_uid(host, uid);
	if (account->parent == NULL) {
		ipc_mem_free(IPC_MEM_TASK, account, sizeof(*account));
		return (NULL);
	}
	return (account);
}

/*
 * Making
 */

static bool
task_ports_create(struct ipc_task *task)
{
	task->port = ipc_port_create_kobject(IPC_KO_TASK, task);
	task->read_port = ipc_port_create_kobject(IPC_KO_TASK_READ, task);
	task->inspect_port = ipc_port_create_kobject(IPC_KO_TASK_INSPECT, task);
	task->name_port = ipc_port_create_kobject(IPC_KO_TASK_NAME, task);
	return (task->port != NULL && task->read_port != NULL &&
		task->inspect_port != NULL && task->name_port != NULL);
}

static void
task_ports_end(struct ipc_task *task)
{
	struct ipc_port *ports[4] = { task->port, task->read_port,
		task->inspect_port, task->name_port };
	int i;

	ipc_mutex_lock(&task->lock);
	task->port = task->read_port = NULL;
	task->inspect_port = task->name_port = NULL;
	ipc_mutex_unlock(&task->lock);
	for (i = 0; i < 4; i++)
		ipc_kobject_port_end(ports[i]);
}

/* What a child has of its parent; both unlocked. */
static void
task_inherit(struct ipc_task *task, struct ipc_task *parent)
{
	int i;

	/* Rights that are copied under the parent's lock: task before port. */
	ipc_mutex_lock(&parent->lock);
	task->bootstrap = ipc_port_send_dup(parent->bootstrap);
	task->access = ipc_port_send_dup(parent->access);
	for (i = 0; i < IPC_REGISTERED; i++)
		task->registered[i] = ipc_port_send_dup(parent->registered[i]);
	for (i = 0; i < EXC_TYPES_COUNT; i++) {
		task->exceptions[i] = parent->exceptions[i];
		task->exceptions[i].port =
		    ipc_port_send_dup(parent->exceptions[i].port);
	}
	task->guard_behavior = parent->guard_behavior;
	ipc_mutex_unlock(&parent->lock);
}

struct ipc_task *
ipc_task_create(struct ipc_host *host, struct ipc_task *parent,
    const struct ipc_credentials *c)
{
	struct ipc_task *task;

	task = ipc_mem_alloc(IPC_MEM_TASK, sizeof(*task), IPC_ZERO);
	if (task == NULL)
		return (NULL);
	ipc_mutex_init(&task->lock, IPC_LOCK_TASK);
	ipc_ref_init(&task->refs);
	ipc_ref_get(&host->refs);
	task->host = host;
	task->account = account_create(host, c->ruid);
	if (task->account != NULL)
		task->space = ipc_space_create(task, host->limits.names);
	if (task->space == NULL || !task_ports_create(task)) {
		ipc_task_destroy(task);
		return (NULL);
	}
	ipc_task_set_credentials(task, c);
	if (parent != NULL)
		task_inherit(task, parent);
	ipc_mutex_lock(&host->lock);
	task->id = ++host->last_task;
	ipc_ring_append(&host->tasks, &task->ring);
	ipc_mutex_unlock(&host->lock);
	return (task);
}

void
ipc_task_unref(struct ipc_task *task)
{
	if (!ipc_ref_put(&task->refs))
		return;
	if (task->space != NULL)
		ipc_space_unref(task->space);
	ipc_account_unref(task->account);
	ipc_mutex_destroy(&task->lock);
	ipc_host_unref(task->host);
	ipc_mem_free(IPC_MEM_TASK, task, sizeof(*task));
}

/* Gives the special ports back, registered ones too. */
static void
task_special_release(struct ipc_task *task)
{
	struct ipc_port *ports[3 + IPC_REGISTERED];
	int i, n = 0;

	ipc_mutex_lock(&task->lock);
	ports[n++] = task->bootstrap;
	ports[n++] = task->access;
	ports[n++] = task->debug;
	task->bootstrap = task->access = task->debug = NULL;
	for (i = 0; i < IPC_REGISTERED; i++) {
		ports[n++] = task->registered[i];
		task->registered[i] = NULL;
	}
	ipc_mutex_unlock(&task->lock);
	for (i = 0; i < n; i++)
		ipc_port_release_send(ports[i]);
}

void
ipc_task_drop_exceptions(struct ipc_task *task)
{
	struct ipc_port *ports[EXC_TYPES_COUNT];
	int i;

	ipc_mutex_lock(&task->lock);
	for (i = 0; i < EXC_TYPES_COUNT; i++) {
		ports[i] = task->exceptions[i].port;
		task->exceptions[i].port = NULL;
	}
	ipc_mutex_unlock(&task->lock);
	for (i = 0; i < EXC_TYPES_COUNT; i++)
		ipc_port_release_send(ports[i]);
}

void
ipc_task_destroy(struct ipc_task *task)
{
	struct ipc_host *host = task->host;
	struct ipc_thread *thread;
	struct ipc_ring *r;

	/* A thread that ends from now on counts for the host. */
	ipc_mutex_lock(&task->lock);
	task->dead = true;
	for (r = task->threads; r != NULL;
	     r = ipc_ring_next(task->threads, r)) {
		thread = IPC_RING_ITEM(r, struct ipc_thread, ring);
		ipc_os_wake(thread);
	}
	ipc_mutex_unlock(&task->lock);
	ipc_mutex_lock(&host->lock);
	if (task->ring.next != NULL)
		ipc_ring_remove(&host->tasks, &task->ring);
	ipc_sums_fold(&host->sums, &task->sums);
	ipc_mutex_unlock(&host->lock);
	task_ports_end(task);
	if (task->space != NULL) {
		ipc_space_empty(task->space, true);
		ipc_add(&host->sums.ports_made, task->space->ports_made);
		ipc_add(&host->sums.ports_ended, task->space->ports_ended);
	}
	task_special_release(task);
	ipc_task_drop_exceptions(task);
	ipc_semaphores_end(task);
	ipc_task_unref(task);
}

kern_return_t
ipc_task_exec(struct ipc_task *task, const struct ipc_credentials *c)
{
	task_ports_end(task);
	ipc_space_empty(task->space, false);
	if (!task_ports_create(task))
		return (KERN_RESOURCE_SHORTAGE);
	ipc_task_set_credentials(task, c);
	return (KERN_SUCCESS);
}

kern_return_t
ipc_task_lookup(struct ipc_thread *thread, mach_port_name_t name, bool control,
    struct ipc_task **taskp)
{
	struct ipc_port *port;
	kern_return_t kr = MIG_BAD_ID;

	if (ipc_kobject_lock(thread->task->space, name, &port) != KERN_SUCCESS)
		return (MACH_SEND_INVALID_DEST);
	if (port->object.kobject_kind == IPC_KO_TASK ||
	    (!control && port->object.kobject_kind >= IPC_KO_TASK_READ &&
		port->object.kobject_kind <= IPC_KO_TASK_NAME)) {
		*taskp = ipc_task_ref(port->kobject);
		kr = KERN_SUCCESS;
	}
	ipc_port_unlock(port);
	return (kr);
}
