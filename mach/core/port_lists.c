/*
 * The mach_port_* calls that tell what there is: lists are as long as they
 * were at some time during the call.  What is too long for the memory that
 * was got is counted again.
 */
#include "mach/core/call.h"
#include "mach/core/handlers.h"
#include "mach/core/set.h"

void *
ipc_array_make(struct ipc_arg *arg, uint32_t n, size_t element)
{
	IPC_ASSERT(element % sizeof(uint32_t) == 0);
	arg->words = (uint32_t)(element / sizeof(uint32_t));
	arg->size = n * (uint32_t)element;
	arg->v.data = ipc_mem_alloc(
	    IPC_MEM_RIGHTS, arg->size == 0 ? 1 : arg->size, IPC_ZERO);
	return (arg->v.data);
}

static mach_port_name_t *
names_make(struct ipc_arg *arg, uint32_t n)
{
	return (ipc_array_make(arg, n, sizeof(mach_port_name_t)));
}

static void
array_free(struct ipc_arg *arg)
{
	ipc_mem_free(
	    IPC_MEM_RIGHTS, arg->v.data, arg->size == 0 ? 1 : arg->size);
	arg->v.data = NULL;
}

/* (task, **names, *count, **types, *count) */
kern_return_t
ipc_do_port_names(struct ipc_call *call)
{
	struct ipc_arg *names = &call->arg[1], *types = &call->arg[3];
	struct ipc_space *space = ipc_call_space(call);
	struct ipc_entry *entry;
	mach_port_name_t name;
	uint32_t n = 0, used, index;

	for (;;) {
		if (!ipc_space_lock(space))
			return (KERN_INVALID_TASK);
		used = space->used;
		ipc_space_unlock(space);
		if (names_make(names, used) == NULL)
			return (KERN_RESOURCE_SHORTAGE);
		if (names_make(types, used) == NULL) {
			array_free(names);
			return (KERN_RESOURCE_SHORTAGE);
		}
		if (!ipc_space_lock(space)) {
			array_free(names);
			array_free(types);
			return (KERN_INVALID_TASK);
		}
		if (space->used <= used)
			break;
		ipc_space_unlock(space);
		array_free(names);
		array_free(types);
	}
	for (index = 0; (entry = ipc_entry_each(space, &index, &name)) != NULL;
	     n++) {
		((mach_port_name_t *)names->v.data)[n] = name;
		((mach_port_type_t *)types->v.data)[n] =
		    ipc_right_type(space, name, entry);
	}
	ipc_space_unlock(space);
	names->count = types->count = n;
	return (KERN_SUCCESS);
}

/* (task, *info, **names, *count, **tree, *count); there is no tree. */
kern_return_t
ipc_do_port_space_info(struct ipc_call *call)
{
	struct ipc_arg *out = &call->arg[2];
	struct ipc_space *space = ipc_call_space(call);
	ipc_info_name_t *names;
	ipc_info_space_t info;
	struct ipc_entry *entry;
	mach_port_name_t name;
	uint32_t n, used, index;

	memset(&info, 0, sizeof(info));
	for (;;) {
		if (!ipc_space_lock(space))
			return (KERN_INVALID_TASK);
		used = space->used;
		ipc_space_unlock(space);
		names = ipc_array_make(out, used, sizeof(*names));
		if (names == NULL)
			return (KERN_RESOURCE_SHORTAGE);
		if (!ipc_space_lock(space))
			return (KERN_INVALID_TASK);
		if (space->used <= used)
			break;
		ipc_space_unlock(space);
		array_free(out);
	}
	n = 0;
	for (index = 0; (entry = ipc_entry_each(space, &index, &name)) != NULL;
	     n++) {
		names[n].iin_name = name;
		names[n].iin_type = ipc_right_type(space, name, entry);
		names[n].iin_urefs = entry->urefs;
		/* No kernel address leaves: iin_object stays 0. */
	}
	info.iis_genno_mask = 0xff;
	info.iis_table_size = space->used + space->nfree + 1;
	info.iis_table_next = space->limit;
	ipc_space_unlock(space);
	out->count = n;
	memcpy(call->arg[1].v.data, &info, sizeof(info));
	return (KERN_SUCCESS);
}

kern_return_t
ipc_set_member_names(
    struct ipc_space *space, mach_port_name_t name, struct ipc_arg *out)
{
	struct ipc_entry *entry;
	struct ipc_member *member;
	struct ipc_ring *r;
	struct ipc_set *set;
	uint32_t n = 0, size;

	if (!MACH_PORT_VALID(name))
		return (KERN_INVALID_RIGHT);
	if (!ipc_space_lock(space))
		return (KERN_INVALID_TASK);
	entry = ipc_entry_find(space, name);
	if (entry == NULL || !(entry->type & IPC_TYPE_SET)) {
		ipc_space_unlock(space);
		return (entry == NULL ? KERN_INVALID_NAME : KERN_INVALID_RIGHT);
	}
	set = (struct ipc_set *)entry->object;
	ipc_ref_get(&set->object.refs);
	ipc_space_unlock(space);
	for (;;) {
		ipc_mutex_lock(&set->object.lock);
		size = set->nmembers;
		ipc_mutex_unlock(&set->object.lock);
		if (names_make(out, size) == NULL) {
			ipc_object_unref(&set->object);
			return (KERN_RESOURCE_SHORTAGE);
		}
		/* No member is renamed meanwhile. */
		if (!ipc_space_lock(space)) {
			array_free(out);
			ipc_object_unref(&set->object);
			return (KERN_INVALID_TASK);
		}
		ipc_mutex_lock(&set->object.lock);
		if (set->nmembers <= size)
			break;
		ipc_mutex_unlock(&set->object.lock);
		ipc_space_unlock(space);
		array_free(out);
	}
	for (r = set->members; r != NULL; r = ipc_ring_next(set->members, r)) {
		member = IPC_RING_ITEM(r, struct ipc_member, in_set);
		/* A member's receive right is in this space. */
		((mach_port_name_t *)out->v.data)[n++] =
		    member->port->receiver_name;
	}
	ipc_mutex_unlock(&set->object.lock);
	ipc_space_unlock(space);
	ipc_object_unref(&set->object);
	out->count = n;
	return (KERN_SUCCESS);
}

/* (task, set, **members, *count) */
kern_return_t
ipc_do_port_get_set_status(struct ipc_call *call)
{
	return (ipc_set_member_names(
	    ipc_call_space(call), ipc_call_name(call), &call->arg[2]));
}

/* (task, *info) */
kern_return_t
ipc_do_port_space_basic_info(struct ipc_call *call)
{
	struct ipc_space *space = ipc_call_space(call);
	ipc_info_space_basic_t info;

	memset(&info, 0, sizeof(info));
	if (!ipc_space_lock(space))
		return (KERN_INVALID_TASK);
	info.iisb_genno_mask =
	    0xff; /* the bits of a name that are not its index */
	info.iisb_table_size = space->used + space->nfree + 1;
	info.iisb_table_next = space->limit;
	info.iisb_table_inuse = space->used;
	ipc_space_unlock(space);
	memcpy(call->arg[1].v.data, &info, sizeof(info));
	return (KERN_SUCCESS);
}
