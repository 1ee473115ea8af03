/*
 * HOST row of traps.def: memory entries.  What one holds stays when the task
 * that it is of has ended, so that it is charged as what is in messages is.
 */
#include <mach/memory_object_types.h>

#include "mach/core/kobject.h"
#include "mach/os/freebsd/memory_entry.h"

#include <sys/sysctl.h>

SYSCTL_DECL(_mach);

static volatile u_int entries;
SYSCTL_UINT(_mach, OID_AUTO, memory_entries, CTLFLAG_RD,
    __DEVOLATILE(u_int *, &entries), 0, "Memory entries, parts of others too");

void
host_memory_entry_release(struct mach_entry *entry)
{
	if (!ipc_ref_put(&entry->refs))
		return;
	if (entry->whole != NULL)
		host_memory_entry_release(entry->whole);
	if (entry->region != NULL)
		ipc_region_destroy(entry->region);
	if (entry->account != NULL) {
		ipc_account_credit(entry->account, entry->size);
		ipc_account_unref(entry->account);
	}
	ipc_mem_free(IPC_MEM_OBJECT, entry, sizeof(*entry));
	atomic_subtract_int(&entries, 1);
}

static struct mach_entry *
entry_create(uint64_t offset, uint64_t size, vm_prot_t prot)
{
	struct mach_entry *entry;

	entry = ipc_mem_alloc(IPC_MEM_OBJECT, sizeof(*entry), IPC_ZERO);
	if (entry == NULL)
		return (NULL);
	atomic_add_int(&entries, 1);
	ipc_ref_init(&entry->refs);
	entry->offset = offset;
	entry->size = size;
	entry->prot = prot;
	return (entry);
}

kern_return_t
mach_entry_lookup(
    struct ipc_call *call, mach_port_name_t name, struct mach_entry **entry)
{
	struct ipc_port *port;
	kern_return_t kr = KERN_INVALID_ARGUMENT;

	if (ipc_kobject_lock(call->thread->task->space, name, &port) !=
	    KERN_SUCCESS)
		return (kr);
	if (port->object.kobject_kind == IPC_KO_MEMORY_ENTRY) {
		*entry = port->kobject;
		ipc_ref_get(&(*entry)->refs);
		kr = KERN_SUCCESS;
	}
	ipc_port_unlock(port);
	return (kr);
}

/* Memory for one, of the task's or new. */
static kern_return_t
take(const struct mach_memory *m, uint32_t flags, vm_offset_t start,
    vm_size_t length, vm_prot_t prot, struct ipc_region **region)
{
	kern_return_t kr;

	if (!(flags & (MAP_MEM_NAMED_CREATE | MAP_MEM_VM_COPY)))
		return (mach_region_share(m, start, length, prot, region));
	if (flags & MAP_MEM_NAMED_CREATE)
		kr = mach_region_zero(length, region);
	else
		kr = mach_region_take(m, start, length, region);
	if (kr != KERN_SUCCESS)
		return (kr);
	kr = mach_region_keep(*region);
	if (kr != KERN_SUCCESS)
		ipc_region_destroy(*region);
	return (kr);
}

/* One that has memory of its own; the caller's task pays. */
static kern_return_t
make(struct ipc_call *call, const struct mach_memory *m, uint32_t permission,
    uint64_t size, struct mach_entry **made)
{
	struct ipc_account *account = call->thread->task->account;
	uint32_t flags = permission & MAP_MEM_FLAGS_MASK;
	bool fresh = (flags & MAP_MEM_NAMED_CREATE) != 0;
	struct mach_entry *entry;
	vm_offset_t start = 0;
	vm_size_t length = round_page(size);
	kern_return_t kr;

	if (length < size || length == 0 ||
	    (!fresh &&
		!mach_memory_pages(m, call->raw[2], size, &start, &length)))
		return (KERN_INVALID_ARGUMENT);
	entry = entry_create(0, length, permission & VM_PROT_ALL);
	if (entry == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	kr = KERN_RESOURCE_SHORTAGE;
	if (ipc_account_charge(account, length)) {
		ipc_ref_get(&account->refs);
		entry->account = account;
		kr = take(m, flags, start, length, entry->prot, &entry->region);
	}
	if (kr != KERN_SUCCESS) {
		entry->region = NULL;
		host_memory_entry_release(entry);
		return (kr);
	}
	*made = entry;
	return (KERN_SUCCESS);
}

/* Part of another. */
static kern_return_t
make_part(struct ipc_call *call, uint32_t permission, uint64_t size,
    struct mach_entry **made)
{
	uint64_t offset = trunc_page(call->raw[2]);
	uint64_t end = round_page(call->raw[2] + size);
	struct mach_entry *parent, *entry;
	kern_return_t kr;

	if (permission & MAP_MEM_FLAGS_MASK || end <= offset ||
	    call->raw[2] + size < size)
		return (KERN_INVALID_ARGUMENT);
	kr = mach_entry_lookup(call, (mach_port_name_t)call->raw[5], &parent);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (end > parent->size) {
		host_memory_entry_release(parent);
		return (KERN_INVALID_ARGUMENT);
	}
	entry = entry_create(parent->offset + offset, end - offset,
	    permission & parent->prot & VM_PROT_ALL);
	if (entry == NULL) {
		host_memory_entry_release(parent);
		return (KERN_RESOURCE_SHORTAGE);
	}
	entry->whole = parent->whole != NULL ? parent->whole : parent;
	ipc_ref_get(&entry->whole->refs);
	host_memory_entry_release(parent);
	*made = entry;
	return (KERN_SUCCESS);
}

static kern_return_t
entry_of(struct ipc_call *call, uint32_t permission, uint64_t size,
    struct mach_entry **made)
{
	struct mach_memory m;
	kern_return_t kr;

	if ((mach_port_name_t)call->raw[5] != MACH_PORT_NULL)
		return (make_part(call, permission, size, made));
	/* What is shared can be written to by who has the entry. */
	kr = mach_memory_of(call, 0,
	    (permission & (MAP_MEM_NAMED_CREATE | MAP_MEM_VM_COPY)) == 0, &m);
	if (kr != KERN_SUCCESS)
		return (kr);
	kr = make(call, &m, permission, size, made);
	mach_memory_release(&m);
	return (kr);
}

/* (task, *size, address, permission, *entry, parent) */
kern_return_t
host_memory_entry(struct ipc_call *call)
{
	uint32_t permission = (uint32_t)call->raw[3];
	struct ipc_right *right = &call->arg[4].v.right;
	struct mach_entry *entry;
	struct ipc_port *port;
	uint64_t size;
	kern_return_t kr;

	if (permission & MAP_MEM_FLAGS_MASK &
	    ~(uint32_t)(MAP_MEM_NAMED_CREATE | MAP_MEM_VM_COPY |
			MAP_MEM_VM_SHARE))
		return (KERN_NOT_SUPPORTED);
	if (!ipc_os_copyin(call->thread, call->raw[1], &size, sizeof(size)))
		return (KERN_INVALID_ADDRESS);
	kr = entry_of(call, permission, size, &entry);
	if (kr != KERN_SUCCESS)
		return (kr);
	size = entry->size;
	port = ipc_port_create_kobject(IPC_KO_MEMORY_ENTRY, entry);
	if (port == NULL) {
		host_memory_entry_release(entry);
		return (KERN_RESOURCE_SHORTAGE);
	}
	right->port = ipc_port_kobject_send(port);
	right->type = MACH_MSG_TYPE_PORT_SEND;
	return (ipc_os_copyout(call->thread, &size, call->raw[1], sizeof(size))
		    ? KERN_SUCCESS
		    : KERN_INVALID_ADDRESS);
}
