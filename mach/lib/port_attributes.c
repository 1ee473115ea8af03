/*
 * The mach_port_* calls on what a port is like: attributes, guards, context,
 * counts, and what the system knows of it.
 */
#include <mach/mach_port.h>
#include <mach/mach_sync_ipc.h>

#include "mach/lib/stub.h"

STUB_5(40, mach_port_get_attributes, ipc_space_t, mach_port_name_t,
    mach_port_flavor_t, mach_port_info_t, mach_msg_type_number_t *)
STUB_5(3218, mach_port_set_attributes, ipc_space_t, mach_port_name_t,
    mach_port_flavor_t, mach_port_info_t, mach_msg_type_number_t)
STUB_5(3242, mach_port_assert_attributes, ipc_space_t, mach_port_name_t,
    mach_port_flavor_t, mach_port_info_t, mach_msg_type_number_t)
STUB_3(3210, mach_port_set_mscount, ipc_space_t, mach_port_name_t,
    mach_port_mscount_t)
STUB_3(
    3216, mach_port_set_seqno, ipc_space_t, mach_port_name_t, mach_port_seqno_t)
STUB_3(3222, mach_port_get_srights, ipc_space_t, mach_port_name_t,
    mach_port_rights_t *)
STUB_4(3224, mach_port_dnrequest_info, ipc_space_t, mach_port_name_t,
    unsigned int *, unsigned int *)
STUB_8(3209, mach_port_peek, ipc_space_t, mach_port_name_t,
    mach_msg_trailer_type_t, mach_port_seqno_t *, mach_msg_size_t *,
    mach_msg_id_t *, mach_msg_trailer_info_t, mach_msg_type_number_t *)

/*
 * Context and guards
 */

STUB_3(3228, mach_port_get_context, ipc_space_t, mach_port_name_t,
    mach_port_context_t *)
STUB_3(3229, mach_port_set_context, ipc_space_t, mach_port_name_t,
    mach_port_context_t)
STUB_4(41, mach_port_guard, ipc_space_t, mach_port_name_t, mach_port_context_t,
    boolean_t)
STUB_4(3237, mach_port_guard_with_flags, ipc_space_t, mach_port_name_t,
    mach_port_context_t, uint64_t)
STUB_3(
    42, mach_port_unguard, ipc_space_t, mach_port_name_t, mach_port_context_t)
STUB_4(3238, mach_port_swap_guard, ipc_space_t, mach_port_name_t,
    mach_port_context_t, mach_port_context_t)

/*
 * What is behind a port, and who it is of
 */

STUB_4(3230, mach_port_kobject, ipc_space_read_t, mach_port_name_t, natural_t *,
    mach_vm_address_t *)

/* The older form, with half an address, which may be left out. */
kern_return_t
mach_port_kernel_object(ipc_space_read_t task, mach_port_name_t name,
    unsigned int *type, unsigned int *address)
{
	unsigned int none;

	return (MACH_TRAP(3225, task, name, MACH_PTR(type),
	    MACH_PTR(address != NULL ? address : &none)));
}

STUB_5(3239, mach_port_kobject_description, ipc_space_read_t, mach_port_name_t,
    natural_t *, mach_vm_address_t *, kobject_description_t)
STUB_4(3240, mach_port_is_connection_for_service, ipc_space_t, mach_port_name_t,
    mach_port_name_t, uint64_t *)
STUB_3(3241, mach_port_get_service_port_info, ipc_space_read_t,
    mach_port_name_t, mach_service_port_info_t)
STUB_2(3235, mach_port_space_basic_info, ipc_space_inspect_t,
    ipc_info_space_basic_t *)
STUB_6(3223, mach_port_space_info, ipc_space_read_t, ipc_info_space_t *,
    ipc_info_name_array_t *, mach_msg_type_number_t *,
    ipc_info_tree_name_array_t *, mach_msg_type_number_t *)
STUB_2(3221, task_set_port_space, ipc_space_t, int)

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
