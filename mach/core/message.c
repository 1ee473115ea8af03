/*
 * Messages: their memory, what it is charged to, and what becomes of all that
 * one carries when nobody will receive it.
 */
#include "mach/core/message.h"
#include "mach/core/queue.h"
#include "mach/core/right.h"
#include "mach/core/task.h"
#include "mach/core/timer.h"

#define MESSAGE(r) IPC_RING_ITEM(r, struct ipc_msg, ring)

static size_t
msg_bytes(uint32_t size, uint32_t aux)
{
	return (sizeof(struct ipc_msg) + size + IPC_MSG_TRAILER + aux);
}

static void
msg_init(struct ipc_msg *msg, uint32_t size, uint32_t aux)
{
	memset(msg, 0, offsetof(struct ipc_msg, few));
	msg->size = size;
	msg->room = size;
	msg->aux_size = aux;
	msg->aux = msg->data + size + IPC_MSG_TRAILER;
}

kern_return_t
ipc_msg_create(
    struct ipc_task *task, uint32_t size, uint32_t aux, struct ipc_msg **msgp)
{
	size_t bytes = msg_bytes(size, aux);
	struct ipc_msg *msg;

	if (!ipc_account_charge(task->account, bytes))
		return (MACH_SEND_NO_BUFFER);
	msg = ipc_mem_alloc(IPC_MEM_MESSAGE, bytes, 0);
	if (msg == NULL) {
		ipc_account_credit(task->account, bytes);
		return (MACH_SEND_NO_BUFFER);
	}
	msg_init(msg, size, aux);
	msg->account = ipc_account_ref(task->account);
	msg->charged = bytes;
	msg->sender = task->security;
	msg->audit = task->audit;
	*msgp = msg;
	return (MACH_MSG_SUCCESS);
}

bool
ipc_msg_charge(struct ipc_msg *msg, uint64_t bytes)
{
	if (!ipc_account_charge(msg->account, bytes))
		return (false);
	msg->charged += bytes;
	return (true);
}

struct ipc_msg *
ipc_msg_create_kernel(uint32_t size)
{
	static const security_token_t kernel = KERNEL_SECURITY_TOKEN_VALUE;
	struct ipc_msg *msg;

	msg = ipc_mem_alloc(IPC_MEM_MESSAGE, msg_bytes(size, 0), IPC_MUST);
	msg_init(msg, size, 0);
	msg->from_kernel = true;
	msg->sender = kernel;
	return (msg);
}

/* Memory of a message, and of what its descriptors have out of line. */
static uint64_t
msg_takes(const struct ipc_msg *msg)
{
	uint64_t bytes = msg_bytes(msg->room, msg->aux_size);
	const struct ipc_desc *desc;
	uint32_t i;

	if (msg->ndescs > IPC_MSG_FEW)
		bytes += msg->ndescs * sizeof(*desc);
	for (i = 0; i < msg->ndescs; i++) {
		desc = &msg->descs[i];
		bytes += desc->type == MACH_MSG_OOL_PORTS_DESCRIPTOR
			     ? desc->count * sizeof(struct ipc_port *)
			     : desc->count;
	}
	return (bytes);
}

void
ipc_msg_bill(struct ipc_msg *msg, struct ipc_account *account)
{
	if (account == NULL)
		return;
	msg->account = ipc_account_ref(account);
	msg->charged = msg_takes(msg);
	ipc_account_charge_must(account, msg->charged);
}

void
ipc_msg_free(struct ipc_msg *msg)
{
	if (msg->timer != NULL)
		ipc_timer_message_gone(msg->timer);
	if (msg->account != NULL) {
		ipc_account_credit(msg->account, msg->charged);
		ipc_account_unref(msg->account);
	}
	if (msg->descs != NULL && msg->descs != msg->few)
		ipc_mem_free(IPC_MEM_RIGHTS, msg->descs,
		    msg->ndescs * sizeof(struct ipc_desc));
	ipc_mem_free(IPC_MEM_MESSAGE, msg, msg_bytes(msg->room, msg->aux_size));
}

/* Gives back what a descriptor holds. */
static void
desc_release(struct ipc_desc *desc, struct ipc_ring **dead)
{
	uint32_t i;

	switch (desc->type) {
	case MACH_MSG_PORT_DESCRIPTOR:
	case MACH_MSG_GUARDED_PORT_DESCRIPTOR:
		ipc_port_release(desc->port, desc->disposition, dead);
		desc->port = NULL;
		break;
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		if (desc->ports == NULL)
			break;
		for (i = 0; i < desc->count; i++)
			ipc_port_release(
			    desc->ports[i], desc->disposition, dead);
		ipc_mem_free(IPC_MEM_RIGHTS, desc->ports,
		    desc->count * sizeof(struct ipc_port *));
		desc->ports = NULL;
		break;
	default:
		if (desc->region != NULL)
			ipc_region_destroy(desc->region);
		desc->region = NULL;
		break;
	}
}

void
ipc_msg_release_body(struct ipc_msg *msg, struct ipc_ring **dead)
{
	uint32_t i;

	for (i = 0; i < msg->ndescs; i++)
		desc_release(&msg->descs[i], dead);
}

/*
 * A message that is destroyed can end ports, whose queued messages are
 * destroyed, and so on: a list, not a recursion.
 */
void
ipc_msg_list_destroy(struct ipc_ring **list)
{
	struct ipc_ring *r;
	struct ipc_msg *msg;

	while ((r = ipc_ring_pop(list)) != NULL) {
		msg = MESSAGE(r);
		ipc_port_release(msg->dest, msg->dest_type, list);
		ipc_port_release(msg->reply, msg->reply_type, list);
		ipc_port_release(msg->voucher, msg->voucher_type, list);
		ipc_msg_release_body(msg, list);
		ipc_msg_free(msg);
	}
}

void
ipc_msg_destroy(struct ipc_msg *msg)
{
	struct ipc_ring *list = NULL;

	ipc_ring_append(&list, &msg->ring);
	ipc_msg_list_destroy(&list);
}
