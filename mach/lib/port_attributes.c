/*
 * The mach_port_* calls on what a port is like: attributes, guards, context,
 * counts, and what the system knows of it.
 */
#include <mach/mach_port.h>
#include <mach/mach_sync_ipc.h>

#include "mach/lib/trap.h"

kern_return_t
mach_port_get_attributes(ipc_space_t task, mach_port_name_t name,
    mach_port_flavor_t flavor, mach_port_info_t info,
    mach_msg_type_number_t *count)
{
	return (
	    MACH_TRAP(40, task, name, flavor, MACH_PTR(info), MACH_PTR(count)));
}

kern_return_t
mach_port_set_attributes(ipc_space_t task, mach_port_name_t name,
    mach_port_flavor_t flavor, mach_port_info_t info,
    mach_msg_type_number_t count)
{
	return (MACH_TRAP(3218, task, name, flavor, MACH_PTR(info), count));
}

kern_return_t
mach_port_assert_attributes(ipc_space_t task, mach_port_name_t name,
    mach_port_flavor_t flavor, mach_port_info_t info,
    mach_msg_type_number_t count)
{
	return (MACH_TRAP(3242, task, name, flavor, MACH_PTR(info), count));
}

kern_return_t
mach_port_set_mscount(
    ipc_space_t task, mach_port_name_t name, mach_port_mscount_t mscount)
{
	return (MACH_TRAP(3210, task, name, mscount));
}

kern_return_t
mach_port_set_seqno(
    ipc_space_t task, mach_port_name_t name, mach_port_seqno_t seqno)
{
	return (MACH_TRAP(3216, task, name, seqno));
}

kern_return_t
mach_port_get_srights(
    ipc_space_t task, mach_port_name_t name, mach_port_rights_t *srights)
{
	return (MACH_TRAP(3222, task, name, MACH_PTR(srights)));
}

kern_return_t
mach_port_dnrequest_info(ipc_space_t task, mach_port_name_t name,
    unsigned int *total, unsigned int *used)
{
	return (MACH_TRAP(3224, task, name, MACH_PTR(total), MACH_PTR(used)));
}

kern_return_t
mach_port_peek(ipc_space_t task, mach_port_name_t name,
    mach_msg_trailer_type_t trailer_type, mach_port_seqno_t *seqno,
    mach_msg_size_t *size, mach_msg_id_t *id, mach_msg_trailer_info_t trailer,
    mach_msg_type_number_t *trailer_size)
{
	return (MACH_TRAP(3209, task, name, trailer_type, MACH_PTR(seqno),
	    MACH_PTR(size), MACH_PTR(id), MACH_PTR(trailer),
	    MACH_PTR(trailer_size)));
}

/*
 * Context and guards
 */

kern_return_t
mach_port_get_context(
    ipc_space_t task, mach_port_name_t name, mach_port_context_t *context)
{
	return (MACH_TRAP(3228, task, name, MACH_PTR(context)));
}

kern_return_t
mach_port_set_context(
    ipc_space_t task, mach_port_name_t name, mach_port_context_t context)
{
	return (MACH_TRAP(3229, task, name, context));
}

kern_return_t
mach_port_guard(ipc_space_t task, mach_port_name_t name,
    mach_port_context_t guard, boolean_t strict)
{
	return (MACH_TRAP(41, task, name, guard, strict));
}

kern_return_t
mach_port_guard_with_flags(ipc_space_t task, mach_port_name_t name,
    mach_port_context_t guard, uint64_t flags)
{
	return (MACH_TRAP(3237, task, name, guard, flags));
}

kern_return_t
mach_port_unguard(
    ipc_space_t task, mach_port_name_t name, mach_port_context_t guard)
{
	return (MACH_TRAP(42, task, name, guard));
}

kern_return_t
mach_port_swap_guard(ipc_space_t task, mach_port_name_t name,
    mach_port_context_t old_guard, mach_port_context_t new_guard)
{
	return (MACH_TRAP(3238, task, name, old_guard, new_guard));
}

/*
 * What is behind a port, and who it is of
 */

kern_return_t
mach_port_kobject(ipc_space_read_t task, mach_port_name_t name, natural_t *type,
    mach_vm_address_t *address)
{
	return (MACH_TRAP(3230, task, name, MACH_PTR(type), MACH_PTR(address)));
}

/* The older form, with half an address, which may be left out. */
kern_return_t
mach_port_kernel_object(ipc_space_read_t task, mach_port_name_t name,
    unsigned int *type, unsigned int *address)
{
	unsigned int none;

	return (MACH_TRAP(3225, task, name, MACH_PTR(type),
	    MACH_PTR(address != NULL ? address : &none)));
}

kern_return_t
mach_port_kobject_description(ipc_space_read_t task, mach_port_name_t name,
    natural_t *type, mach_vm_address_t *address,
    kobject_description_t description)
{
	return (MACH_TRAP(3239, task, name, MACH_PTR(type), MACH_PTR(address),
	    MACH_PTR(description)));
}

kern_return_t
mach_port_is_connection_for_service(ipc_space_t task,
    mach_port_name_t connection, mach_port_name_t service, uint64_t *filter)
{
	return (MACH_TRAP(3240, task, connection, service, MACH_PTR(filter)));
}

kern_return_t
mach_port_get_service_port_info(
    ipc_space_read_t task, mach_port_name_t name, mach_service_port_info_t info)
{
	return (MACH_TRAP(3241, task, name, MACH_PTR(info)));
}

kern_return_t
mach_port_space_basic_info(
    ipc_space_inspect_t task, ipc_info_space_basic_t *info)
{
	return (MACH_TRAP(3235, task, MACH_PTR(info)));
}

kern_return_t
mach_port_space_info(ipc_space_read_t task, ipc_info_space_t *info,
    ipc_info_name_array_t *table, mach_msg_type_number_t *table_count,
    ipc_info_tree_name_array_t *tree, mach_msg_type_number_t *tree_count)
{
	return (MACH_TRAP(3223, task, MACH_PTR(info), MACH_PTR(table),
	    MACH_PTR(table_count), MACH_PTR(tree), MACH_PTR(tree_count)));
}

kern_return_t
task_set_port_space(ipc_space_t task, int entries)
{
	return (MACH_TRAP(3221, task, entries));
}

/*
 * Whether a thread that waits at its special reply port lends its priority:
 * it never does, and no host tells otherwise.
 */

kern_return_t
mach_sync_ipc_link_monitoring_start(mach_port_t *port)
{
	*port = MACH_PORT_DEAD;
	return ((kern_return_t)MACH_TRAP_VALUE0(3236));
}

kern_return_t
mach_sync_ipc_link_monitoring_stop(mach_port_t port, boolean_t *in_effect)
{
	(void)port;
	*in_effect = FALSE;
	return ((kern_return_t)MACH_TRAP_VALUE0(3236));
}
