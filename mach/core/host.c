/*
 * Hosts: the ports that all tasks of a machine, or of a jail, share.
 */
#include <mach/mig_errors.h>

#include "mach/core/clock.h"
#include "mach/core/ipc.h"
#include "mach/core/kobject.h"

static const struct ipc_limits default_limits = {
	.names = IPC_NAMES_DEFAULT,
	.uid_names = IPC_UID_NAMES_DEFAULT,
	.task_bytes = IPC_TASK_BYTES_DEFAULT,
	.uid_bytes = IPC_UID_BYTES_DEFAULT,
};

struct ipc_host *
ipc_host_create(const struct ipc_limits *limits)
{
	struct ipc_host *host;
	int i;

	host = ipc_mem_alloc(IPC_MEM_OBJECT, sizeof(*host), IPC_ZERO);
	if (host == NULL)
		return (NULL);
	ipc_mutex_init(&host->lock, IPC_LOCK_HOST);
	ipc_mutex_init(&host->accounts_lock, IPC_LOCK_LEAF);
	ipc_ref_init(&host->refs);
	host->limits = limits != NULL ? *limits : default_limits;
	for (i = 0; i < 4; i++)
		host->key[i / 2] = host->key[i / 2] << 32 | ipc_random();
	host->port = ipc_port_create_kobject(IPC_KO_HOST, host);
	host->priv_port = ipc_port_create_kobject(IPC_KO_HOST_PRIV, host);
	for (i = 0; i < IPC_CLOCKS; i++)
		host->clocks[i] = ipc_clock_create(i);
	if (host->port == NULL || host->priv_port == NULL ||
	    host->clocks[0] == NULL || host->clocks[1] == NULL) {
		ipc_host_destroy(host);
		return (NULL);
	}
	return (host);
}

/* What is in it, which goes; nothing is there from then on. */
static struct ipc_port *
take(struct ipc_host *host, struct ipc_port **slot)
{
	struct ipc_port *port;

	ipc_mutex_lock(&host->lock);
	host->dead = true;
	port = *slot;
	*slot = NULL;
	ipc_mutex_unlock(&host->lock);
	return (port);
}

static struct ipc_clock *
take_clock(struct ipc_host *host, int which)
{
	struct ipc_clock *clock;

	ipc_mutex_lock(&host->lock);
	clock = host->clocks[which];
	host->clocks[which] = NULL;
	ipc_mutex_unlock(&host->lock);
	return (clock);
}

void
ipc_host_destroy(struct ipc_host *host)
{
	int i;

	ipc_kobject_port_end(take(host, &host->port));
	ipc_kobject_port_end(take(host, &host->priv_port));
	for (i = 0; i < IPC_CLOCKS; i++)
		ipc_clock_destroy(take_clock(host, i));
	for (i = 0; i <= HOST_MAX_SPECIAL_PORT; i++)
		ipc_port_release_send(take(host, &host->special[i]));
	for (i = 0; i < EXC_TYPES_COUNT; i++)
		ipc_port_release_send(take(host, &host->exceptions[i].port));
	ipc_host_unref(host);
}

void
ipc_host_unref(struct ipc_host *host)
{
	if (!ipc_ref_put(&host->refs))
		return;
	ipc_mutex_destroy(&host->accounts_lock);
	ipc_mutex_destroy(&host->lock);
	ipc_mem_free(IPC_MEM_OBJECT, host, sizeof(*host));
}

kern_return_t
ipc_host_lookup(struct ipc_thread *thread, mach_port_name_t name, bool priv,
    struct ipc_host **hostp)
{
	struct ipc_port *port;
	kern_return_t kr = MIG_BAD_ID;

	if (ipc_kobject_lock(thread->task->space, name, &port) != KERN_SUCCESS)
		return (MACH_SEND_INVALID_DEST);
	if (port->object.kobject_kind == IPC_KO_HOST_PRIV ||
	    (!priv && port->object.kobject_kind == IPC_KO_HOST)) {
		*hostp = port->kobject;
		ipc_ref_get(&(*hostp)->refs);
		kr = KERN_SUCCESS;
	}
	ipc_port_unlock(port);
	return (kr);
}
