/*
 * The mach_port_* calls that put receive rights into sets.  Their rules are
 * XNU's (osfmk/ipc/mach_port.c, xnu-11417).
 */
#include "mach/core/call.h"
#include "mach/core/handlers.h"
#include "mach/core/set.h"

/* The port of `name`, locked, and the set of `set_name`, referenced. */
static kern_return_t
port_and_set(struct ipc_space *space, mach_port_name_t name,
    mach_port_name_t set_name, struct ipc_port **port, struct ipc_set **set)
{
	struct ipc_entry *entry, *set_entry;
	kern_return_t kr = KERN_SUCCESS;

	if (!MACH_PORT_VALID(name) || !MACH_PORT_VALID(set_name))
		return (KERN_INVALID_RIGHT);
	if (!ipc_space_lock(space))
		return (KERN_INVALID_TASK);
	entry = ipc_entry_find(space, name);
	set_entry = ipc_entry_find(space, set_name);
	if (entry == NULL || set_entry == NULL)
		kr = KERN_INVALID_NAME;
	else if (!(entry->type & IPC_TYPE_RECEIVE) ||
		 !(set_entry->type & IPC_TYPE_SET))
		kr = KERN_INVALID_RIGHT;
	if (kr == KERN_SUCCESS) {
		*set = (struct ipc_set *)set_entry->object;
		ipc_ref_get(&(*set)->object.refs);
		*port = entry->port;
		ipc_port_lock(*port);
	}
	ipc_space_unlock(space);
	return (kr);
}

/* (task, name, set) */
kern_return_t
ipc_do_port_insert_member(struct ipc_call *call)
{
	struct ipc_member *member;
	struct ipc_port *port;
	struct ipc_set *set;
	kern_return_t kr;

	member = ipc_mem_alloc(IPC_MEM_MEMBER, sizeof(*member), 0);
	if (member == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	kr = port_and_set(ipc_call_space(call), ipc_call_name(call),
	    (mach_port_name_t)call->raw[2], &port, &set);
	if (kr == KERN_SUCCESS) {
		if (ipc_set_find(port, set) != NULL)
			kr = KERN_ALREADY_IN_SET;
		else if (port->nsets == IPC_PORT_SETS_MAX)
			kr = KERN_RESOURCE_SHORTAGE;
		else if (ipc_set_add(port, set, member))
			member = NULL;
		else
			kr = KERN_INVALID_NAME; /* it ended meanwhile */
		ipc_port_offer_and_unlock(port, set);
		ipc_object_unref(&set->object);
	}
	ipc_mem_free(IPC_MEM_MEMBER, member, sizeof(*member));
	return (kr);
}

kern_return_t
ipc_do_port_extract_member(struct ipc_call *call)
{
	struct ipc_member *member;
	struct ipc_port *port;
	struct ipc_set *set;
	kern_return_t kr;

	kr = port_and_set(ipc_call_space(call), ipc_call_name(call),
	    (mach_port_name_t)call->raw[2], &port, &set);
	if (kr != KERN_SUCCESS)
		return (kr);
	member = ipc_set_find(port, set);
	if (member != NULL)
		ipc_set_remove(port, member);
	ipc_port_unlock(port);
	ipc_object_unref(&set->object);
	return (member == NULL ? KERN_NOT_IN_SET : KERN_SUCCESS);
}

/* (task, name, set): out of all sets, and into this one, if any. */
kern_return_t
ipc_do_port_move_member(struct ipc_call *call)
{
	mach_port_name_t after = (mach_port_name_t)call->raw[2];
	struct ipc_member *member = NULL;
	struct ipc_port *port;
	struct ipc_set *set = NULL;
	kern_return_t kr;

	if (after == MACH_PORT_DEAD)
		return (KERN_INVALID_RIGHT);
	if (after == MACH_PORT_NULL) {
		kr = ipc_port_of_receive(
		    ipc_call_space(call), ipc_call_name(call), &port);
		if (kr != KERN_SUCCESS)
			return (kr);
		if (port->sets == NULL)
			kr = KERN_NOT_IN_SET;
		ipc_set_remove_all(port, NULL);
		ipc_port_unlock(port);
		return (kr);
	}
	member = ipc_mem_alloc(IPC_MEM_MEMBER, sizeof(*member), 0);
	if (member == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	kr = port_and_set(
	    ipc_call_space(call), ipc_call_name(call), after, &port, &set);
	if (kr == KERN_SUCCESS) {
		ipc_set_remove_all(port, set);
		if (port->sets == NULL) {
			if (ipc_set_add(port, set, member))
				member = NULL;
			else
				kr = KERN_INVALID_NAME;
		}
		ipc_port_offer_and_unlock(port, set);
		ipc_object_unref(&set->object);
	}
	ipc_mem_free(IPC_MEM_MEMBER, member, sizeof(*member));
	return (kr);
}
