/*
 * The mach_port_* calls on names, rights and sets, each one trap.  Attributes
 * and guards are in port_attributes.c.
 */
#include <isthmus/mach_pollfd.h>
#include <mach/mach_port.h>
#include <mach/mach_traps.h>

#include "mach/lib/trap.h"

/*
 * Making names
 */

kern_return_t
mach_port_allocate(
    ipc_space_t task, mach_port_right_t right, mach_port_name_t *name)
{
	return (MACH_TRAP(16, task, right, MACH_PTR(name)));
}

kern_return_t
mach_port_allocate_name(
    ipc_space_t task, mach_port_right_t right, mach_port_name_t name)
{
	return (MACH_TRAP(3203, task, right, name));
}

kern_return_t
mach_port_allocate_qos(ipc_space_t task, mach_port_right_t right,
    mach_port_qos_t *qos, mach_port_name_t *name)
{
	return (MACH_TRAP(3219, task, right, MACH_PTR(qos), MACH_PTR(name)));
}

kern_return_t
mach_port_allocate_full(ipc_space_t task, mach_port_right_t right,
    mach_port_t proto, mach_port_qos_t *qos, mach_port_name_t *name)
{
	return (
	    MACH_TRAP(3220, task, right, proto, MACH_PTR(qos), MACH_PTR(name)));
}

kern_return_t
mach_port_construct(ipc_space_t task, mach_port_options_ptr_t options,
    mach_port_context_t context, mach_port_name_t *name)
{
	return (
	    MACH_TRAP(24, task, MACH_PTR(options), context, MACH_PTR(name)));
}

mach_port_name_t
mach_reply_port(void)
{
	return ((mach_port_name_t)MACH_TRAP_VALUE0(26));
}

/*
 * Rights of a name
 */

kern_return_t
mach_port_destroy(ipc_space_t task, mach_port_name_t name)
{
	return (MACH_TRAP(3205, task, name));
}

kern_return_t
mach_port_deallocate(ipc_space_t task, mach_port_name_t name)
{
	return (MACH_TRAP(18, task, name));
}

kern_return_t
mach_port_destruct(ipc_space_t task, mach_port_name_t name,
    mach_port_delta_t srdelta, mach_port_context_t guard)
{
	return (MACH_TRAP(25, task, name, srdelta, guard));
}

kern_return_t
mach_port_mod_refs(ipc_space_t task, mach_port_name_t name,
    mach_port_right_t right, mach_port_delta_t delta)
{
	return (MACH_TRAP(19, task, name, right, delta));
}

kern_return_t
mach_port_get_refs(ipc_space_t task, mach_port_name_t name,
    mach_port_right_t right, mach_port_urefs_t *refs)
{
	return (MACH_TRAP(3207, task, name, right, MACH_PTR(refs)));
}

kern_return_t
mach_port_type(ipc_space_t task, mach_port_name_t name, mach_port_type_t *type)
{
	return (MACH_TRAP(76, task, name, MACH_PTR(type)));
}

kern_return_t
mach_port_names(ipc_space_t task, mach_port_name_array_t *names,
    mach_msg_type_number_t *names_count, mach_port_type_array_t *types,
    mach_msg_type_number_t *types_count)
{
	return (MACH_TRAP(3200, task, MACH_PTR(names), MACH_PTR(names_count),
	    MACH_PTR(types), MACH_PTR(types_count)));
}

kern_return_t
mach_port_rename(
    ipc_space_t task, mach_port_name_t name, mach_port_name_t new_name)
{
	return (MACH_TRAP(3202, task, name, new_name));
}

kern_return_t
mach_port_insert_right(ipc_space_t task, mach_port_name_t name,
    mach_port_t right, mach_msg_type_name_t disposition)
{
	return (MACH_TRAP(21, task, name, right, disposition));
}

kern_return_t
mach_port_extract_right(ipc_space_t task, mach_port_name_t name,
    mach_msg_type_name_t disposition, mach_port_t *right,
    mach_msg_type_name_t *type)
{
	return (MACH_TRAP(
	    3215, task, name, disposition, MACH_PTR(right), MACH_PTR(type)));
}

kern_return_t
mach_port_request_notification(ipc_space_t task, mach_port_name_t name,
    mach_msg_id_t id, mach_port_mscount_t sync, mach_port_t notify,
    mach_msg_type_name_t disposition, mach_port_t *previous)
{
	return (MACH_TRAP(
	    77, task, name, id, sync, notify, disposition, MACH_PTR(previous)));
}

/*
 * Sets
 */

kern_return_t
mach_port_move_member(
    ipc_space_t task, mach_port_name_t member, mach_port_name_t after)
{
	return (MACH_TRAP(20, task, member, after));
}

kern_return_t
mach_port_insert_member(
    ipc_space_t task, mach_port_name_t name, mach_port_name_t set)
{
	return (MACH_TRAP(22, task, name, set));
}

kern_return_t
mach_port_extract_member(
    ipc_space_t task, mach_port_name_t name, mach_port_name_t set)
{
	return (MACH_TRAP(23, task, name, set));
}

kern_return_t
mach_port_get_set_status(ipc_space_t task, mach_port_name_t name,
    mach_port_name_array_t *members, mach_msg_type_number_t *count)
{
	return (
	    MACH_TRAP(3211, task, name, MACH_PTR(members), MACH_PTR(count)));
}

kern_return_t
mach_port_pollfd(ipc_space_t task, mach_port_name_t name, int *fd)
{
	return (MACH_TRAP(9002, task, name, MACH_PTR(fd)));
}
